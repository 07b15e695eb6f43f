/* conv_pair.c - what a use of ConvDepthwise says, as two uses of Conv2D, whose rules are its own. */
#include "ops/conv_pair.h"

#include "ops/conv_depthwise.h"
#include "ops/fused.h"
#include "ops/rows.h"

/* Half of a cache of 2 MB; joining images of 600 KB, too, gained nothing. */
enum { PAYS_BYTES = 1000 * 1000, PAYS_HEIGHT = 12 /* times the rows that are shared */ };

const struct conv_pair_list conv_pair_lists[CONV_PAIR_LISTS] = {
    {"strides", 2, 1}, {"dilations", 2, 1}, {"pads", 4, 0}, {"pad_mode", 1, 0}};

bool conv_pair_pays(const struct msw_type *middle, int64_t shared_rows) {
    return type_bytes(middle) >= PAYS_BYTES && middle->dims[1] >= PAYS_HEIGHT * shared_rows;
}

static void set_attr(struct conv_pair *p, size_t i, const char *name, const int64_t *ints, int32_t count) {
    p->attrs[i][op_attr_index(p->sites[i].op, name)] = (struct attr){.given = true, .count = count, .ints = ints};
}

static bool share_lists(const struct op_site *site, struct conv_pair *p, struct error *err) {
    for (size_t l = 0; l < CONV_PAIR_LISTS; l++) {
        const struct conv_pair_list *list = &conv_pair_lists[l];
        const struct attr *attr = site_attr(site, list->name);
        if (attr->given && attr->count != 2 * list->count)
            return error_set(err, MSW_INVALID, "%s must have %d numbers, got %d", list->name, 2 * list->count,
                             attr->count);
        for (int32_t i = 0; attr->given && i < 2; i++)
            set_attr(p, (size_t)i, list->name, attr->ints + i * list->count, list->count);
    }
    return true;
}

bool conv_pair_begin(const struct op_site *site, struct conv_pair *p, struct error *err) {
    static const int64_t yes = 1;
    *p = (struct conv_pair){
        .inputs = {{site->inputs[0], site->inputs[1]}, {{0}, site->inputs[2]}},
        .packed = {{false, site->packed && site->packed[1]}, {false, site->packed && site->packed[2]}},
        .group = site->inputs[2].dims[0]};
    for (size_t i = 0; i < 2; i++) {
        p->sites[i] = (struct op_site){.op = op_find("Conv2D"),
                                       .attrs = p->attrs[i],
                                       .input_count = 2,
                                       .inputs = p->inputs[i],
                                       .packed = p->packed[i],
                                       .output_count = 1,
                                       .outputs = i == 0 ? &p->middle : &p->output};
        set_attr(p, i, "channels_last", &yes, 1);
    }
    set_attr(p, 1, "group", &p->group, 1);
    return share_lists(site, p, err);
}

bool conv_pair_make(const struct op_site *site, struct conv_pair *p, struct error *err) {
    const struct msw_type *k = &p->inputs[1][1];
    size_t elements, bytes;
    if (!conv_pair_begin(site, p, err) || !check_conv2d(&p->sites[0], err))
        return false;
    if (!type_sizes(&p->middle, &elements, &bytes))
        return error_set(err, MSW_LIMIT, "the image between, %t, is larger than %l bytes", &p->middle,
                         (int64_t)TYPE_MAX_BYTES);
    p->inputs[1][0] = p->middle;
    if (k->rank != 4 || k->dims[0] != p->middle.dims[3] || !conv_is_depthwise(k, p->group))
        return error_set(err, MSW_INVALID, "needs weights x2 [%d,1,KH,KW] for at least two channels, got %t",
                         p->middle.dims[3], k);
    return check_conv2d(&p->sites[1], err) && fused_first_check(site, &p->middle, err);
}
