/* component.h - a compiled model's core module as a component: an interface of typed functions, made from the model's own inputs and outputs.
 *
 *     package acme:digits;
 *     interface model {
 *       record f32-tensor4 { shape: tuple<u32, u32, u32, u32>, data: list<f32> }
 *       record f32-tensor2 { shape: tuple<u32, u32>, data: list<f32> }
 *       record outputs { logits: f32-tensor2 }
 *       enum error-code { usage, invalid, limit, unsupported }
 *       record error { code: error-code, node: option<string>, text: string }
 *       run: func(x: f32-tensor4) -> result<outputs, error>;
 *       labels: func() -> list<string>;
 *     }
 *
 * A tensor's type is named by its elements and its rank: f32-tensor0 has no shape, f32-tensor, of any rank, a list of sizes. float16 and bfloat16 are u16,
 * since WIT has neither. What the functions do is in bindings/component/compile/typed.c. */
#ifndef COMPONENT_H
#define COMPONENT_H

#include "contract.h"
#include "wasm_writer.h"

/* What the component says of itself.
 *   place    how messages call the model
 *   package  as wit_package has it
 *   inputs   of the model
 *   outputs  of the run that is kept where there is one, whose types say more, else of the model
 *   labels   are there names of classes? */
struct component_face {
    const char *place, *package;
    struct tensor_list inputs, outputs;
    bool labels;
};

/* The core module's exports behind it: what runs depends on how the inputs lie in registers. */
#define COMPONENT_MEMORY "memory"
#define COMPONENT_REALLOC "cabi_realloc"
#define COMPONENT_LABELS "typed:labels"
const char *component_run_export(const struct component_face *face);

/* Write the component around the core module. Ends the program with exit 3 where an input or output has no data type before a run. */
void component_wrap(struct wasm_writer *writer, const struct component_face *face, const uint8_t *core,
                    size_t core_bytes);

#endif
