/* op_trees.c - TreeEnsemble: decision trees, whose leaves add to targets. */
#include "kernels/cast.h"
#include "ops/rows.h"

enum { X, NODES, SPLITS, TARGETS, WEIGHTS, MEMBERS };

/* Rows of NODES, an int64 for each node. A child is a leaf where its flag says so, else a node. missing: NaN goes the way of true. */
enum node_row { MODE, FEATURE, IF_TRUE, IF_FALSE, TRUE_LEAF, FALSE_LEAF, MISSING, NODE_ROWS };

enum mode { AT_MOST, BELOW, AT_LEAST, ABOVE, EQUAL, UNEQUAL, MEMBER, MODES };
enum aggregate { AVERAGE, SUM, LEAST, MOST, AGGREGATES };

struct trees {
    const int64_t *roots;
    size_t samples, features, nodes, leaves, members, trees, targets;
    enum aggregate aggregate;
    int32_t dtype;
};

static int64_t node_at(const void *nodes, const struct trees *t, enum node_row row, size_t node) {
    return ((const int64_t *)nodes)[(size_t)row * t->nodes + node];
}

static double number_at(const void *x, int32_t dtype, size_t i) {
    double number;
    cast_elements((const unsigned char *)x + i * dtype_info(dtype)->bytes, dtype, &number, MSW_FLOAT64, 1);
    return number;
}

static bool read_trees(const struct op_site *site, struct trees *t, struct error *err) {
    const struct msw_type *x = &site->inputs[X], *nodes = &site->inputs[NODES], *splits = &site->inputs[SPLITS];
    const struct msw_type *targets = &site->inputs[TARGETS], *weights = &site->inputs[WEIGHTS];
    const struct attr *roots = site_attr(site, "roots");
    const int64_t wanted = site_int(site, "targets", 1), aggregate = site_int(site, "aggregate", SUM);
    if (x->rank != 2 || nodes->dtype != MSW_INT64 || nodes->rank != 2 || nodes->dims[0] != NODE_ROWS ||
        splits->dtype != x->dtype || splits->rank != 1 || splits->dims[0] != nodes->dims[1] ||
        targets->dtype != MSW_INT64 || targets->rank != 1 || weights->dtype != x->dtype ||
        !type_same_shape(targets, weights) ||
        (site_has(site, MEMBERS) && (site->inputs[MEMBERS].dtype != x->dtype || site->inputs[MEMBERS].rank != 1)))
        return error_set(err, MSW_INVALID,
                         "needs [N,F], int64[%d,nodes], a split each, targets and weights of leaves, got %t, %t, "
                         "%t, %t and %t",
                         NODE_ROWS, x, nodes, splits, targets, weights);
    if (wanted < 1 || wanted > INT32_MAX || aggregate < 0 || aggregate >= AGGREGATES)
        return error_set(err, MSW_INVALID, "%l targets and aggregate %l are not possible", wanted, aggregate);
    *t = (struct trees){.roots = roots->ints,
                        .samples = (size_t)x->dims[0],
                        .features = (size_t)x->dims[1],
                        .nodes = (size_t)nodes->dims[1],
                        .leaves = (size_t)targets->dims[0],
                        .members = site_has(site, MEMBERS) ? (size_t)site->inputs[MEMBERS].dims[0] : 0,
                        .trees = (size_t)roots->count,
                        .targets = (size_t)wanted,
                        .aggregate = (enum aggregate)aggregate,
                        .dtype = x->dtype};
    for (size_t i = 0; i < t->trees; i++)
        if (roots->ints[i] < 0 || roots->ints[i] >= (int64_t)t->nodes)
            return error_set(err, MSW_INVALID, "roots[%d] is %l, of %l nodes", (int32_t)i, roots->ints[i],
                             (int64_t)t->nodes);
    return true;
}

OP_CHECK(trees) {
    struct trees t;
    if (!read_trees(site, &t, err))
        return false;
    site->outputs[0] =
        (struct msw_type){.dtype = t.dtype, .rank = 2, .dims = {site->inputs[X].dims[0], (int32_t)t.targets}};
    return true;
}

static bool verify_nodes(const struct trees *t, const void *nodes, struct error *err) {
    for (size_t i = 0; i < t->nodes; i++) {
        const int64_t mode = node_at(nodes, t, MODE, i), feature = node_at(nodes, t, FEATURE, i);
        bool fits = mode >= 0 && mode < MODES && feature >= 0 && feature < (int64_t)t->features;
        for (int side = 0; side < 2; side++) {
            const int64_t child = node_at(nodes, t, side ? IF_FALSE : IF_TRUE, i);
            const int64_t leaf = node_at(nodes, t, side ? FALSE_LEAF : TRUE_LEAF, i);
            fits = fits && child >= 0 && child < (int64_t)(leaf ? t->leaves : t->nodes);
        }
        if (!fits)
            return error_set(err, MSW_INVALID, "node %l has a mode, feature or child that is not there", (int64_t)i);
    }
    return true;
}

static bool verify_trees(const struct step *step, struct error *err) {
    const struct trees *t = step->params;
    const int64_t *targets = step->in[TARGETS];
    for (size_t i = 0; i < t->leaves; i++)
        if (targets[i] < 0 || targets[i] >= (int64_t)t->targets)
            return error_set(err, MSW_INVALID, "leaf %l adds to target %l, of %l", (int64_t)i, targets[i],
                             (int64_t)t->targets);
    return verify_nodes(t, step->in[NODES], err);
}

/* Is x one of the numbers of set number `set`? Sets lie one behind the other with a NaN after each. */
static bool is_member(const struct trees *t, const void *members, size_t set, double x) {
    for (size_t i = 0; i < t->members; i++) {
        const double number = number_at(members, t->dtype, i);
        if (number != number) {
            if (set-- == 0)
                return false;
        } else if (set == 0 && number == x) {
            return true;
        }
    }
    return false;
}

/* Sets are numbered as a walk meets their nodes, true before false: the first pass over each tree writes them down. */
struct walk_of_sets {
    const struct trees *t;
    const void *nodes;
    int32_t *sets, *stack;
};

static void number_sets(const struct walk_of_sets *w) {
    const struct trees *t = w->t;
    int32_t next = 0;
    for (size_t i = 0; i < t->nodes; i++)
        w->sets[i] = -1;
    for (size_t r = 0; r < t->trees; r++) {
        size_t depth = 0;
        w->stack[depth++] = (int32_t)t->roots[r];
        while (depth > 0) {
            const size_t node = (size_t)w->stack[--depth];
            if (w->sets[node] >= 0)
                continue; /* met before */
            w->sets[node] = node_at(w->nodes, t, MODE, node) == MEMBER ? next++ : 0;
            for (int side = 1; side >= 0; side--)
                if (!node_at(w->nodes, t, side ? FALSE_LEAF : TRUE_LEAF, node) && depth < 2 * t->nodes)
                    w->stack[depth++] = (int32_t)node_at(w->nodes, t, side ? IF_FALSE : IF_TRUE, node);
        }
    }
}

static bool goes_true(const struct step *step, const struct trees *t, const int32_t *sets, size_t node, double x) {
    const double split = number_at(step->in[SPLITS], t->dtype, node);
    if (x != x && node_at(step->in[NODES], t, MISSING, node))
        return true;
    switch (node_at(step->in[NODES], t, MODE, node)) {
    case AT_MOST: return x <= split;
    case BELOW: return x < split;
    case AT_LEAST: return x >= split;
    case ABOVE: return x > split;
    case EQUAL: return x == split;
    case UNEQUAL: return x != split;
    default: return is_member(t, t->members ? step->in[MEMBERS] : NULL, (size_t)sets[node], x);
    }
}

/* The leaf that a sample reaches; nodes that lead in a circle are left at any leaf. */
static size_t find_leaf(const struct step *step, const struct trees *t, const int32_t *sets, size_t root,
                        size_t sample) {
    size_t node = root;
    for (size_t turns = 0; turns <= t->nodes; turns++) {
        const size_t feature = (size_t)node_at(step->in[NODES], t, FEATURE, node);
        const double x = number_at(step->in[X], t->dtype, sample * t->features + feature);
        const bool yes = goes_true(step, t, sets, node, x);
        const size_t child = (size_t)node_at(step->in[NODES], t, yes ? IF_TRUE : IF_FALSE, node);
        if (node_at(step->in[NODES], t, yes ? TRUE_LEAF : FALSE_LEAF, node))
            return child;
        node = child;
    }
    return 0;
}

static double aggregate(const struct trees *t, double all, double weight, bool first) {
    switch (t->aggregate) {
    case AVERAGE: return all + weight / (double)t->trees;
    case LEAST: return first || weight < all ? weight : all;
    case MOST: return first || weight > all ? weight : all;
    default: return all + weight;
    }
}

/* Scratch: a sum for each target, whether it has one, the sets of nodes, and a stack. */
static void run_trees(const struct step *step) {
    const struct trees *t = step->params;
    double *sums = step->scratch;
    int32_t *met = (int32_t *)(sums + t->targets), *sets = met + t->targets;
    const int64_t *targets = step->in[TARGETS];
    const size_t trees = t->leaves > 0 ? t->trees : 0;
    number_sets(&(struct walk_of_sets){.t = t, .nodes = step->in[NODES], .sets = sets, .stack = sets + t->nodes});
    for (size_t s = 0; s < t->samples; s++) {
        for (size_t i = 0; i < t->targets; i++)
            sums[i] = 0, met[i] = 0;
        for (size_t r = 0; r < trees; r++) {
            const size_t leaf = find_leaf(step, t, sets, (size_t)t->roots[r], s);
            const size_t target = (size_t)targets[leaf];
            sums[target] = aggregate(t, sums[target], number_at(step->in[WEIGHTS], t->dtype, leaf), met[target]++ == 0);
        }
        cast_elements(sums, MSW_FLOAT64, (unsigned char *)step->out[0] + s * t->targets * dtype_info(t->dtype)->bytes,
                      t->dtype, t->targets);
    }
}

OP_PREPARE(trees) {
    struct trees t;
    if (!read_trees(site, &t, err))
        return false;
    int64_t *roots = arena_alloc(arena, t.trees, sizeof *roots, err);
    for (size_t i = 0; roots && i < t.trees; i++)
        roots[i] = t.roots[i];
    t.roots = roots;
    step->verify = verify_trees;
    step->run = run_trees;
    return roots &&
           step_scratch(step,
                        t.targets * (uint64_t)(sizeof(double) + sizeof(int32_t)) +
                            t.nodes * (uint64_t)(3 * sizeof(int32_t)) + t.trees * sizeof(int32_t),
                        err) &&
           step_params(step, &t, sizeof t, arena, err);
}
