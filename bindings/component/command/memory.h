/* memory.h - the memory of the program, which is the engine's, too. */
#ifndef COMMAND_MEMORY_H
#define COMMAND_MEMORY_H

#include <stdint.h>

/* It does not grow beyond `bytes` from now on. */
void memory_limit_to(uint64_t bytes);

uint64_t memory_bytes(void);

#endif
