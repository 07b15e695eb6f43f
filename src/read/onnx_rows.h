/* onnx_rows.h - the functions that rows of onnx.def name, declared from the rows themselves. */
#ifndef READ_ONNX_ROWS_H
#define READ_ONNX_ROWS_H

#include "read/onnx_build.h"

#define ONNX(domain, spelling, since, until, op, operands, attributes, more) ONNX_READ(more);
#define COMPOSITE(domain, spelling, since, until, make) ONNX_MAKE(make);
#include "read/onnx.def"
#undef ONNX
#undef COMPOSITE

#endif
