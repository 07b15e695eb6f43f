/* mindir_fuzz.c - libFuzzer target: any bytes as a MindIR file. */
#include "read/mindir_proto.h"

#define FUZZ_OUTLINE mindir_outline
#include "read/model_fuzz.h"
