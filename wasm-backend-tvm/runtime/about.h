/* about.h - what all modules with generated kernels have in common besides their runs: about.c has the functions of msw.h that depend on nothing. */
#ifndef ABOUT_H
#define ABOUT_H

#include "base/error.h"

/* The error that msw_error shows, cleared: every function of msw.h that can fail begins so. */
struct error *about_error(void);

#endif
