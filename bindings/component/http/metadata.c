/* metadata.c - metadata as JSON. Of the type of a tensor, what only a run would know is left out; a size of -1 may be any. */
#include "metadata.h"

#include <string.h>

#include "compile/compiled.h"
#include "datatype.h"
#include "infer.h"

void metadata_server(struct text *text) {
    text_add(text, "{\"name\":\"ms-backend-wasm\",\"version\":\"" MSW_VERSION
                   "\",\"extensions\":[\"binary_tensor_data\",\"classification\"]}");
}

static void put_tensor(struct text *text, const struct msw_tensor *tensor) {
    const char *datatype = datatype_name(tensor->type.dtype);
    text_add(text, "{\"name\":");
    text_quote(text, tensor->name, strlen(tensor->name));
    if (datatype) {
        text_add(text, ",\"datatype\":");
        text_quote(text, datatype, strlen(datatype));
    }
    if (tensor->type.rank >= 0) {
        text_add(text, ",\"shape\":");
        infer_shape(text, &tensor->type);
    }
    text_add(text, "}");
}

void metadata_model(struct text *text) {
    const struct msw_tensor *tensor;
    text_add(text, "{\"name\":");
    text_quote(text, compiled.name, strlen(compiled.name));
    text_add(text, ",\"versions\":[\"1\"],\"platform\":\"ms-backend-wasm\",\"inputs\":[");
    for (uint32_t i = 0; (tensor = msw_model_input(compiled.model, i)); i++) {
        text_add(text, i > 0 ? "," : "");
        put_tensor(text, tensor);
    }
    text_add(text, "],\"outputs\":[");
    for (uint32_t i = 0; (tensor = msw_model_output(compiled.model, i)); i++) {
        const struct msw_tensor *planned = compiled.run ? msw_run_output(compiled.run, i) : NULL;
        text_add(text, i > 0 ? "," : "");
        put_tensor(text, planned ? planned : tensor);
    }
    text_add(text, "]}");
}
