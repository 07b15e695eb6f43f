/* typed_fixed_test.c - a model whose shapes are known: the digits, whose run is planned once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "canonical.h"
#include "compile/compiled.h"
#include "compile/typed.h"

#define MODEL "test/models/digits.mindir"

struct compiled compiled;

static const char *const labels[] = {"zero", "one", "", "drei \xe2\x82\xac"};
static int held;

void abi_free(struct abi_list list) {
    if (list.count > 0) {
        msw_free(list.data);
        held--;
    }
}

static int load(void **state) {
    (void)state;
    FILE *file = fopen(MODEL, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return -1;
    struct msw_model *model = msw_model_open((uint64_t)ftell(file));
    struct msw_request want;
    while (msw_load_step(model, &want) == MSW_MORE)
        if (fseek(file, (long)want.offset, SEEK_SET) != 0 || fread(want.destination, 1, want.bytes, file) != want.bytes)
            return -1;
    fclose(file);
    compiled = (struct compiled){.model = model, .run = msw_run_new(model, NULL), .labels = labels, .label_count = 4};
    return compiled.run && typed_prepare() ? 0 : -1;
}

/* The digits' input with these sizes, and `count` values, every one of them `value`. */
static const size_t *run(const size_t *sizes, size_t count, float value) {
    const int32_t rank = msw_model_input(compiled.model, 0)->type.rank;
    size_t words[MSW_MAX_RANK + 2];
    memcpy(words, sizes, (size_t)rank * sizeof *words);
    float *values = msw_alloc(count * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = value;
    words[rank] = (size_t)values;
    words[rank + 1] = count;
    held++;
    return typed_run(words);
}

static void declared(size_t *sizes, size_t *count) {
    const struct msw_type *type = &msw_model_input(compiled.model, 0)->type;
    *count = 1;
    for (int32_t d = 0; d < type->rank; d++)
        *count *= sizes[d] = (size_t)type->dims[d];
}

static void the_answer_is_the_runs(void **state) {
    (void)state;
    size_t sizes[MSW_MAX_RANK], count;
    declared(sizes, &count);
    const size_t *answer = run(sizes, count, 0.5F);
    assert_int_equal(answer[0], 0);
    assert_int_equal(held, 0);
    /* a run of its own, by msw.h alone */
    struct msw_run *own = msw_run_new(compiled.model, NULL);
    for (size_t i = 0; i < count; i++)
        ((float *)msw_run_input(own, 0)->data)[i] = 0.5F;
    assert_int_equal(msw_run(own), MSW_OK);
    const struct msw_tensor *output = msw_run_output(own, 0);
    const int32_t rank = output->type.rank;
    for (int32_t d = 0; d < rank; d++)
        assert_int_equal(answer[1 + d], output->type.dims[d]);
    assert_int_equal(answer[2 + rank] * sizeof(float), output->bytes);
    assert_memory_equal((const void *)answer[1 + rank], output->data, output->bytes);
    msw_run_free(own);
}

static void another_shape_is_explained(void **state) {
    (void)state;
    size_t sizes[MSW_MAX_RANK], count;
    declared(sizes, &count);
    sizes[0] += 1;
    const size_t *answer = run(sizes, count / (sizes[0] - 1) * sizes[0], 0);
    assert_int_equal(answer[0], 1);
    assert_int_equal(answer[1], MSW_INVALID - MSW_USAGE);
    assert_int_equal(answer[2], 0);
    assert_non_null(strstr((const char *)answer[5], "': shape [2,"));
    assert_non_null(strstr((const char *)answer[5], "], expected [1,"));
    assert_int_equal(held, 0);
}

static void labels_are_strings(void **state) {
    (void)state;
    const size_t *answer = typed_labels();
    assert_int_equal(answer[1], 4);
    const size_t *strings = (const size_t *)answer[0];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(strings[2 * i + 1], strlen(labels[i]));
        assert_memory_equal((const void *)strings[2 * i], labels[i], strlen(labels[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_the_runs),
        cmocka_unit_test(another_shape_is_explained),
        cmocka_unit_test(labels_are_strings),
    };
    return cmocka_run_group_tests(tests, load, NULL);
}
