/* typed.h - the typed functions of a compiled model, as component.h of the command line describes them: run and labels.
 *
 * In registers and memory all that they take and give are words: of each input, in the model's order, the sizes of its dimensions (as many as the model
 * declares; of an input of any rank, a list of them) and the list of its elements; a list is an address and a count. A word is an i32 in wasm. A test runs
 * natively, where it has to hold an address, too. */
#ifndef COMPILE_TYPED_H
#define COMPILE_TYPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To be called once, by `wasm-frontend compile`, after the model is kept: what it leaves in memory starts with the compiled module, and says which functions
 * that needs. Exported as typed:prepare. 0: out of memory. */
int32_t typed_prepare(void);

/* Exported as typed:run-N for N words in registers, up to 16, else as typed:run-in-memory. Elements and lists of sizes are freed.
 * Returns 0 and the outputs, as inputs are given; or 1, the error's code (enum error-code, MSW_USAGE being 0), 1 and the name of a node (address, count)
 * or 0 and two words more, and the error's text. Outputs stay valid until the next call. */
const size_t *typed_run(const size_t *words);

/* Exported as typed:labels: the list of strings. */
const size_t *typed_labels(void);

#endif
