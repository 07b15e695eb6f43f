/* process.h - the process around a request: signals, the deadline, the temporary file to remove. */
#ifndef PROCESS_H
#define PROCESS_H

struct wasm_engine_t;

/* Once, at the start of main: make file descriptors 0 to 2 safe, end with 130 and 143 on SIGINT and SIGTERM. */
void process_start(void);

/* Begin to count: after `seconds`, the next process_check_deadline ends the process; a second later it ends with exit 4, whatever it does. */
void process_deadline(double seconds);

/* At the deadline also interrupt the code of this engine, which was made with epoch interruption. */
void process_interrupt(struct wasm_engine_t *engine);

/* End with exit 4 if the deadline has passed. */
void process_check_deadline(void);

/* The line that reports it: "time limit 2 s exceeded (--timeout)". */
_Noreturn void process_fail_timed_out(void);

/* One that no other process has that runs now. */
unsigned process_number(void);

/* What went wrong with a path, by its errno. */
const char *process_error(const char *path, int error);

/* The file to remove if the process ends early; NULL: none. While a path is being changed, signals wait. */
void process_remove_on_exit(const char *path);

#endif
