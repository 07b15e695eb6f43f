/* tune.c - what a module of generated kernels does with the engine's name. */
#include "msw.h"

/* Generated kernels have one form of their inner loops. */
void msw_tune(uint32_t engine) {
    (void)engine;
}
