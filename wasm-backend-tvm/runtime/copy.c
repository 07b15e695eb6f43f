/* copy.c - a tensor whose axes lie in another order, made row-major. */
#include <string.h>

#include "operators.h"

/* The next element's place, counted in elements of x from its first. False: there is none. */
static bool advance(const struct tvm_tensor *x, int64_t *index, int64_t *at) {
    for (int32_t i = x->ndim; i-- > 0;) {
        *at += x->strides[i];
        if (++index[i] < x->shape[i])
            return true;
        *at -= x->strides[i] * x->shape[i];
        index[i] = 0;
    }
    return false;
}

int copy_strided(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)count, (void)answer;
    const struct tvm_tensor *x = args[0].value.pointer, *z = args[1].value.pointer;
    const size_t bytes = x->dtype.bits / 8u;
    const unsigned char *from = x->data;
    unsigned char *to = z->data;
    int64_t index[MSW_MAX_RANK] = {0}, at = 0;
    for (int32_t i = 0; i < x->ndim; i++)
        if (x->shape[i] == 0)
            return 0;
    do {
        memcpy(to, from + at * (int64_t)bytes, bytes);
        to += bytes;
    } while (advance(x, index, &at));
    return 0;
}
