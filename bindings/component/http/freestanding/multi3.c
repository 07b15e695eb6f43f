/* multi3.c - the product of two 128-bit integers, which wasm has no instruction for: clang calls this function of its runtime library. */
#include <stdint.h>

__extension__ typedef unsigned __int128 wide;

wide __multi3(wide x, wide y);

/* Of two 64-bit integers, in halves. */
static wide product(uint64_t x, uint64_t y) {
    const uint64_t low = 0xffffffff;
    const uint64_t bottom = (x & low) * (y & low);
    uint64_t first = (x >> 32) * (y & low) + (bottom >> 32);
    __asm__("" : "+r"(first)); /* or clang sees what this computes, and calls __multi3 for it */
    const uint64_t second = (x & low) * (y >> 32) + (first & low);
    const uint64_t top = (x >> 32) * (y >> 32) + (first >> 32) + (second >> 32);
    return (wide)top << 64 | second << 32 | (bottom & low);
}

wide __multi3(wide x, wide y) {
    const uint64_t crossed = (uint64_t)x * (uint64_t)(y >> 64) + (uint64_t)(x >> 64) * (uint64_t)y;
    return product((uint64_t)x, (uint64_t)y) + ((wide)crossed << 64);
}
