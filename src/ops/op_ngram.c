/* op_ngram.c - TfIdfVectorizer: how often each n-gram of a list occurs in a row of whole numbers, neighbours or every few elements. */
#include <string.h>

#include "kernels/gather.h"
#include "ops/rows.h"

enum weighing { COUNTS, OCCURS, COUNTS_TIMES_WEIGHT };

/* The list holds all 1-grams, then all 2-grams ...: those of n elements begin at element starts[n - 1]. */
struct ngrams {
    const int64_t *pool, *starts, *columns;
    const double *weights;
    int32_t pool_count, start_count, gram_count;
    int64_t shortest, longest, skips;
    enum weighing weighing;
};

static int64_t gram_end(const struct ngrams *g, int64_t n) {
    return n < g->start_count ? g->starts[n] : g->pool_count;
}

/* How many n-grams there are, if the list holds whole ones. */
static bool count_grams(const struct ngrams *g, int64_t *count, struct error *err) {
    *count = 0;
    for (int32_t n = 1; n <= g->start_count; n++) {
        const int64_t first = g->starts[n - 1], end = gram_end(g, n);
        if (first < 0 || end < first || end > g->pool_count || (end - first) % n != 0)
            return error_set(err, MSW_INVALID, "ngram_counts[%d] is %l, for %d numbers of which %d are a gram", n - 1,
                             first, g->pool_count, n);
        *count += (end - first) / n;
    }
    return true;
}

static bool read_ngrams(const struct op_site *site, struct ngrams *g, int64_t *width, struct error *err) {
    const struct attr *pool = site_attr(site, "pool_int64s"), *starts = site_attr(site, "ngram_counts");
    const struct attr *columns = site_attr(site, "ngram_indexes"), *weights = site_attr(site, "weights");
    const int64_t mode = site_int(site, "mode", 0);
    int64_t count;
    *g = (struct ngrams){.pool = pool->ints,
                         .starts = starts->ints,
                         .columns = columns->ints,
                         .weights = weights->given ? weights->floats : NULL,
                         .pool_count = pool->count,
                         .start_count = starts->count,
                         .gram_count = columns->count,
                         .shortest = site_int(site, "min_gram_length", 1),
                         .longest = site_int(site, "max_gram_length", 1),
                         .skips = site_int(site, "max_skip_count", 0),
                         .weighing = (enum weighing)mode};
    if (mode < COUNTS || mode > COUNTS_TIMES_WEIGHT)
        return error_set(err, MSW_INVALID, "mode is %l, expected 0 TF, 1 IDF or 2 TFIDF", mode);
    if (g->shortest < 1 || g->longest < g->shortest || g->longest > g->start_count || g->skips < 0)
        return error_set(err, MSW_INVALID, "grams of %l to %l elements with %l skips do not fit %d ngram_counts",
                         g->shortest, g->longest, g->skips, g->start_count);
    if (!count_grams(g, &count, err))
        return false;
    if (count != g->gram_count || (weights->given && weights->count != g->gram_count))
        return error_set(err, MSW_INVALID, "there are %l grams, %d ngram_indexes and %d weights", count, g->gram_count,
                         weights->given ? weights->count : g->gram_count);
    *width = 0;
    for (int32_t i = 0; i < g->gram_count; i++) {
        if (g->columns[i] < 0 || g->columns[i] >= INT32_MAX)
            return error_set(err, MSW_INVALID, "ngram_indexes[%d] is %l", i, g->columns[i]);
        *width = g->columns[i] >= *width ? g->columns[i] + 1 : *width;
    }
    return true;
}

OP_CHECK(ngrams) {
    const struct msw_type *x = &site->inputs[0];
    struct ngrams g;
    int64_t width;
    if (x->rank != 1 && x->rank != 2)
        return error_set(err, MSW_INVALID, "needs a row or rows of whole numbers, got %t", x);
    if (!read_ngrams(site, &g, &width, err))
        return false;
    site->outputs[0] = *x;
    site->outputs[0].dtype = MSW_FLOAT32;
    site->outputs[0].dims[x->rank - 1] = (int32_t)width;
    return true;
}

struct ngram_params {
    struct ngrams grams;
    size_t rows, length, width;
    bool wide;
};

/* Which gram of n elements lies at first, first + stride ... of x; -1: none of the list. */
static int64_t find_gram(const struct ngram_params *p, const void *x, size_t first, size_t stride, int64_t n) {
    const struct ngrams *g = &p->grams;
    int64_t before = 0;
    for (int64_t k = 1; k < n; k++)
        before += (gram_end(g, k) - g->starts[k - 1]) / k;
    for (int64_t at = g->starts[n - 1]; at < gram_end(g, n); at += n, before++) {
        int64_t i = 0;
        while (i < n && index_at(x, p->wide, first + (size_t)i * stride) == g->pool[at + i])
            i++;
        if (i == n)
            return before;
    }
    return -1;
}

static void add_gram(const struct ngrams *g, int64_t gram, float *z) {
    const float weight = g->weights ? (float)g->weights[gram] : 1;
    float *column = &z[g->columns[gram]];
    *column = g->weighing == OCCURS ? weight : *column + (g->weighing == COUNTS ? 1 : weight);
}

static void run_ngrams(const struct step *step) {
    const struct ngram_params *p = step->params;
    const struct ngrams *g = &p->grams;
    float *z = step->out[0];
    for (size_t row = 0; row < p->rows; row++, z += p->width) {
        memset(z, 0, p->width * sizeof *z);
        for (int64_t n = g->shortest; n <= g->longest; n++)
            for (size_t stride = 1; stride <= (n == 1 ? 1 : (size_t)g->skips + 1); stride++)
                for (size_t i = 0; i + stride * (size_t)(n - 1) < p->length; i++) {
                    const int64_t gram = find_gram(p, step->in[0], row * p->length + i, stride, n);
                    if (gram >= 0)
                        add_gram(g, gram, z);
                }
    }
}

static const void *keep(const void *list, size_t bytes, struct arena *arena, struct error *err) {
    void *copy = arena_alloc(arena, bytes, 1, err);
    return copy && bytes > 0 ? memcpy(copy, list, bytes) : copy;
}

OP_PREPARE(ngrams) {
    const struct msw_type *x = &site->inputs[0];
    struct ngram_params p;
    int64_t width;
    if (!read_ngrams(site, &p.grams, &width, err))
        return false;
    struct ngrams *g = &p.grams;
    g->pool = keep(g->pool, (size_t)g->pool_count * sizeof *g->pool, arena, err);
    g->starts = keep(g->starts, (size_t)g->start_count * sizeof *g->starts, arena, err);
    g->columns = keep(g->columns, (size_t)g->gram_count * sizeof *g->columns, arena, err);
    if (g->weights)
        g->weights = keep(g->weights, (size_t)g->gram_count * sizeof *g->weights, arena, err);
    p.length = (size_t)x->dims[x->rank - 1];
    g->skips = g->skips < (int64_t)p.length ? g->skips : (int64_t)p.length; /* farther apart are no two elements */
    p.rows = width > 0 ? type_extent(x, 0, x->rank - 1) : 0;
    p.width = (size_t)width;
    p.wide = x->dtype == MSW_INT64;
    step->run = run_ngrams;
    return g->pool && g->starts && g->columns && step_params(step, &p, sizeof p, arena, err);
}
