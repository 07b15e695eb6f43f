/* trial.h - numbers for a model that is only to be tried: does it run, how long does it take, what does it give? */
#ifndef TRIAL_H
#define TRIAL_H

#include "contract.h"

/* Can an array for this input be made up: is its data type known, and its rank? */
bool trial_possible(const struct tensor *input);

/* Floats from 0 to below 1, all different, the same ones each time; zeros for whole numbers, which may be indices. Open sizes are 1. */
struct array trial_array(const struct tensor *input);

#endif
