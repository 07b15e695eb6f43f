/* Makes up inputs. Not zeros alone: a loop that doubles its input until it is large enough would never end. */
#include "trial.h"

#include <math.h>
#include <string.h>

#include "fail.h"

bool trial_possible(const struct tensor *input) {
    return input->dtype && input->type.rank >= 0;
}

struct array trial_array(const struct tensor *input) {
    const double step = 0.6180339887498949; /* its multiples spread evenly between whole numbers */
    int32_t dims[ARRAY_MAX_RANK] = {0};
    size_t elements;
    for (int32_t i = 0; i < input->type.rank; i++)
        dims[i] = input->type.dims[i] < 0 ? 1 : input->type.dims[i];
    if (!array_count(dims, input->type.rank, input->dtype->bytes, &elements))
        fail(EXIT_LIMIT, "input '%s' is too large: %s", input->name, array_shape_text(dims, input->type.rank));
    struct array array = array_new(input->dtype->number, input->dtype->bytes, dims, input->type.rank);
    for (size_t i = 0; i < elements && array_is_float(array.number); i++)
        array_set_number(&array, i, fmod((double)(i + 1) * step, 1));
    return array;
}
