/* progress.h - how far a request is, on a terminal. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

/* Milliseconds of a clock that only goes forward. */
double progress_clock(void);

/* Show "loading 45 %" on stderr if it is a terminal and the request already takes a while. */
void progress_show(const char *what, uint64_t done, uint64_t all);

/* Remove what is shown. */
void progress_clear(void);

#endif
