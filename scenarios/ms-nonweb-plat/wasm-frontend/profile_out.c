/* Shows a profile as a table for people, and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "file.h"
#include "process.h"
#include "profile.h"

/* Of a node, an operator, or all. */
struct row {
    uint64_t operations, bytes;
    double ms;
};

static void add(struct row *row, const struct profile_node *node) {
    row->operations += node->operations;
    row->bytes += node->bytes;
    row->ms += node->ms;
}

static struct row all_of(const struct profile *profile) {
    struct row all = {0};
    for (size_t i = 0; i < profile->count; i++)
        add(&all, &profile->nodes[i]);
    return all;
}

/* 0: none, or none that could be measured. */
static double gflops(const struct row *row) {
    return row->ms > 0 ? (double)row->operations / row->ms * 1e-6 : 0;
}

static double share(const struct row *row, const struct row *all) {
    return all->ms > 0 ? row->ms / all->ms : 0;
}

static double of_limit(const struct profile *profile, const struct row *row) {
    return profile->limit_gflops > 0 ? gflops(row) / profile->limit_gflops : 0;
}

static void print_row(const struct profile *profile, const struct row *row, const struct row *all) {
    const double speed = gflops(row), part = of_limit(profile, row);
    printf("%9.3f %6.1f %8s %6s %9.3f  ", row->ms, 100 * share(row, all), speed > 0 ? text_of("%.1f", speed) : "-",
           part > 0 ? text_of("%.0f%%", 100 * part) : "-", (double)row->bytes / 1e6);
}

static void print_node(const struct profile *profile, const struct profile_node *node, const struct row *all) {
    struct row row = {0};
    add(&row, node);
    print_row(profile, &row, all);
    printf("%s %s %s  %s", node->node.op, node->dtype ? node->dtype->name : "?",
           array_shape_text(node->output.dims, node->output.rank), node->node.name);
    puts(node->count > 1 ? text_of(" (%llu times)", (unsigned long long)node->count) : "");
    const char *lead = "with ";
    for (size_t i = 0; i < node->node.part_count; i++) {
        if (strcmp(node->node.parts[i], node->node.name) == 0)
            continue;
        printf("%*s%s", lead[0] == 'w' ? 44 : 0, "", text_of("%s%s", lead, node->node.parts[i]));
        lead = ", ";
    }
    if (lead[0] == ',')
        puts("");
}

static int longest_first(const void *a, const void *b) {
    const double x = ((const struct profile_node *)a)->ms, y = ((const struct profile_node *)b)->ms;
    return (x < y) - (x > y);
}

static int by_operator(const void *a, const void *b) {
    return strcmp(((const struct profile_node *)a)->node.op, ((const struct profile_node *)b)->node.op);
}

static struct profile_node *sorted(const struct profile *profile, int (*order)(const void *, const void *)) {
    struct profile_node *nodes = need((profile->count + 1) * sizeof *nodes);
    if (profile->count > 0)
        memcpy(nodes, profile->nodes, profile->count * sizeof *nodes);
    qsort(nodes, profile->count, sizeof *nodes, order);
    return nodes;
}

struct op_sum {
    const char *op;
    size_t nodes;
    struct row row;
};

static int longest_sum_first(const void *a, const void *b) {
    const double x = ((const struct op_sum *)a)->row.ms, y = ((const struct op_sum *)b)->row.ms;
    return (x < y) - (x > y);
}

static void print_operators(const struct profile *profile, const struct row *all) {
    const struct profile_node *nodes = sorted(profile, by_operator);
    struct op_sum *sums = need((profile->count + 1) * sizeof *sums);
    size_t count = 0;
    for (size_t i = 0; i < profile->count; i++) {
        if (i == 0 || by_operator(&nodes[i - 1], &nodes[i]) != 0)
            sums[count++].op = nodes[i].node.op;
        sums[count - 1].nodes++;
        add(&sums[count - 1].row, &nodes[i]);
    }
    qsort(sums, count, sizeof *sums, longest_sum_first);
    for (size_t i = 0; i < count; i++) {
        print_row(profile, &sums[i].row, all);
        printf("%s: %zu node%s\n", sums[i].op, sums[i].nodes, sums[i].nodes == 1 ? "" : "s");
    }
}

void profile_print(const struct profile *profile) {
    const struct row all = all_of(profile);
    const struct profile_node *nodes = sorted(profile, longest_first);
    printf("%9s %6s %8s %6s %9s  operator, output, node\n", "ms", "%", "GFLOP/s", "limit", "MB");
    for (size_t i = 0; i < profile->count; i++)
        print_node(profile, &nodes[i], &all);
    puts("");
    print_operators(profile, &all);
    print_row(profile, &all, &all);
    printf("all %zu nodes, each the median of %zu run%s; limit %.1f GFLOP/s: multiply-adds in registers\n",
           profile->count, profile->runs, profile->runs == 1 ? "" : "s", profile->limit_gflops);
}

static void member_integer(struct json_out *out, const char *key, uint64_t value) {
    out_key(out, key);
    out_integer(out, (int64_t)value);
}

static void member_real(struct json_out *out, const char *key, double value) {
    out_key(out, key);
    out_real(out, value);
}

static void member_string(struct json_out *out, const char *key, const char *value) {
    out_key(out, key);
    out_string(out, value);
}

/* null where it has none. */
static void member_speed(struct json_out *out, const char *key, double value) {
    out_key(out, key);
    if (value > 0)
        out_real(out, value);
    else
        out_null(out);
}

static void json_node(struct json_out *out, const struct profile *profile, const struct profile_node *node,
                      const struct row *all) {
    struct row row = {0};
    add(&row, node);
    out_open_inline(out, '{');
    member_string(out, "name", node->node.name);
    member_string(out, "op", node->node.op);
    member_string(out, "dtype", node->dtype ? node->dtype->name : "?");
    out_key(out, "shape");
    out_open(out, '[');
    out_dims(out, node->output.dims, node->output.rank);
    out_close(out, ']');
    member_integer(out, "count", node->count);
    member_real(out, "ms", row.ms);
    member_real(out, "share", share(&row, all));
    member_integer(out, "operations", row.operations);
    member_integer(out, "bytes", row.bytes);
    member_speed(out, "gflops", gflops(&row));
    member_speed(out, "of_limit", of_limit(profile, &row));
    out_key(out, "parts");
    out_open(out, '[');
    for (size_t i = 0; i < node->node.part_count; i++)
        out_string(out, node->node.parts[i]);
    out_close(out, ']');
    out_close(out, '}');
}

void profile_json(struct json_out *out, const struct profile *profile) {
    const struct row all = all_of(profile);
    out_open(out, '{');
    member_integer(out, "runs", profile->runs);
    member_real(out, "ms", all.ms);
    member_speed(out, "gflops", gflops(&all));
    member_speed(out, "limit_gflops", profile->limit_gflops);
    out_key(out, "nodes");
    out_open(out, '[');
    for (size_t i = 0; i < profile->count; i++)
        json_node(out, profile, &profile->nodes[i], &all);
    out_close(out, ']');
    out_close(out, '}');
}

void profile_write(const struct profile *profile, const char *path) {
    char *text = NULL;
    size_t bytes = 0;
    struct json_out out = {.to = open_memstream(&text, &bytes)};
    if (!out.to)
        fail(EXIT_OURS, "out of memory");
    profile_json(&out, profile);
    out_finish(&out);
    if (fclose(out.to) != 0)
        fail(EXIT_OURS, "out of memory");
    const int error = file_replace(path, 0666, NULL, 0, text, bytes);
    free(text);
    if (error != 0)
        fail(EXIT_OURS, "%s: %s", shown(path), process_error(path, error));
}
