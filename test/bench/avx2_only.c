/* avx2_only.c - hides what came after AVX2 from the libraries of a process, which ask the CPUID instruction.
 *
 * Linux can make that instruction fault on x86; the handler then answers for it. Loaded before the library that should
 * not see. avx2_only() says whether that worked; threads started later inherit it. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012
#define BIT(n) (1U << (n))

/* Leaf 7, subleaf 0: AVX-512 in its parts, AMX. */
static const unsigned hidden_ebx = BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31);
static const unsigned hidden_ecx = BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14);
static const unsigned hidden_edx = BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25);
/* Subleaf 1: AVX-VNNI, AVX512-BF16, AMX-FP16, AVX-IFMA. */
static const unsigned hidden_eax_1 = BIT(4) | BIT(5) | BIT(21) | BIT(23);

static bool set_cpuid(int works) {
    return syscall(SYS_arch_prctl, ARCH_SET_CPUID, works) == 0;
}

static void answer(greg_t *registers) {
    unsigned leaf = (unsigned)registers[REG_RAX], subleaf = (unsigned)registers[REG_RCX];
    unsigned a, b, c, d;
    set_cpuid(1);
    __cpuid_count(leaf, subleaf, a, b, c, d);
    set_cpuid(0);
    if (leaf == 7 && subleaf == 0) {
        b &= ~hidden_ebx;
        c &= ~hidden_ecx;
        d &= ~hidden_edx;
    }
    if (leaf == 7 && subleaf == 1)
        a &= ~hidden_eax_1;
    registers[REG_RAX] = a;
    registers[REG_RBX] = b;
    registers[REG_RCX] = c;
    registers[REG_RDX] = d;
}

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *at = (const unsigned char *)registers[REG_RIP];
    if (at[0] != 0x0f || at[1] != 0xa2) { /* a fault of another kind comes again, and ends the process */
        signal(number, SIG_DFL);
        return;
    }
    answer(registers);
    registers[REG_RIP] += 2;
}

int avx2_only(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    return sigaction(SIGSEGV, &action, NULL) == 0 && set_cpuid(0);
}
