/* fail.h - how the program ends on an error, and memory that lives until it ends. */
#ifndef FAIL_H
#define FAIL_H

#include <stddef.h>

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* What the exit code tells the caller. */
enum exit_code {
    EXIT_OURS = 1,    /* could not write, or out of memory */
    EXIT_USAGE = 2,   /* unknown flag, operator, data type or attribute */
    EXIT_INPUT = 3,   /* a file, JSON, model, shape or module is wrong */
    EXIT_LIMIT = 4,   /* time, memory or a size limit was reached */
    EXIT_TRAPPED = 5, /* the module trapped */
};

/* Print the program's name and the text on stderr, control characters replaced, and exit. Open temporary files are removed on the way. */
_Noreturn void fail(enum exit_code code, const char *format, ...) PRINTF_LIKE(2, 3);

/* Print the same and go on. */
void note(const char *format, ...) PRINTF_LIKE(1, 2);

/* End writing to stdout, with exit 1 where it fails: what was printed counts only once it is written, and the disk may be full, the reader gone. */
void finish_stdout(void);

/* Zeroed memory, or the end of the program. It lives until exit: a command line handles one request. */
void *need(size_t bytes);

/* Hold an object of a library until exit, for when the program ends before it is released. Returns the object. */
void *keep(void *object);

/* A formatted string in such memory. */
char *text_of(const char *format, ...) PRINTF_LIKE(1, 2);

/* `text` as it is, or its beginning and its length if it is too long for a message. */
const char *shown(const char *text);

#endif
