/* onnx_fuzz.c - libFuzzer target: any bytes as an ONNX file. */
#include "read/onnx_proto.h"

#define FUZZ_OUTLINE onnx_outline
#include "read/model_fuzz.h"
