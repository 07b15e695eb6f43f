/* Takes the time of each step of a run. The module has no clock, and this host no idea what a step does: the module says that. */
#include "profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "progress.h"
#include "session.h"
#include "times.h"

#define MOST_RUNS 10
#define ENOUGH_MS 2000
#define MAX_NODES 10000000
#define PEAK_MS 5
#define PEAK_TRIES 5
#define PEAK_MOST_ROUNDS (1U << 28)

/* ms: by run; NULL: the node had no step yet. */
struct sample {
    uint64_t count, operations, bytes;
    struct msw_type output;
    double *ms;
};

struct taking {
    struct guest *guest;
    size_t most_runs, node_count, seen_count;
    struct sample *samples; /* by node */
    uint32_t *seen;         /* nodes in the order of their first step */
    double nothing;         /* what the clock and the call add to each step */
};

static struct sample *sample_of(struct taking *t, const struct msw_step *step) {
    struct sample *sample = &t->samples[step->node];
    if (!sample->ms) {
        sample->ms = need(t->most_runs * sizeof *sample->ms);
        sample->output = step->output;
        t->seen[t->seen_count++] = (uint32_t)step->node;
    }
    return sample;
}

static void add_step(struct taking *t, size_t number, const struct msw_step *step, double ms) {
    struct sample *sample = sample_of(t, step);
    sample->count++;
    sample->operations += step->operations;
    sample->bytes += step->bytes;
    sample->ms[number] += ms > t->nothing ? ms - t->nothing : 0;
}

static void one_run(struct taking *t, const char *place, uint32_t run, size_t number) {
    uint32_t status;
    do {
        struct msw_step step;
        const bool has_step = contract_next_step(t->guest, run, t->node_count, &step);
        const double started = progress_clock();
        status = guest_call(t->guest, CALL_msw_run_some, run, 1, 0, 0);
        if (has_step)
            add_step(t, number, &step, progress_clock() - started);
    } while (status == MSW_MORE);
    session_check(t->guest, place, status);
}

static double time_of_nothing(struct guest *guest, uint32_t run) {
    double least = HUGE_VAL;
    for (int i = 0; i < 100; i++) {
        const double started = progress_clock();
        guest_call(guest, CALL_msw_run_next_step, run, 0, 0, 0);
        least = fmin(least, progress_clock() - started);
    }
    return least;
}

static double time_of_rounds(struct guest *guest, uint32_t rounds) {
    const double started = progress_clock();
    guest_call(guest, CALL_msw_peak, rounds, 0, 0, 0);
    return progress_clock() - started;
}

/* The best of some tries, each long enough for the clock. Taken before and after the runs: others may want the machine, too. */
static double limit_gflops(struct guest *guest) {
    uint32_t rounds = 1024;
    while (time_of_rounds(guest, rounds) < PEAK_MS && rounds < PEAK_MOST_ROUNDS)
        rounds *= 2;
    double least = HUGE_VAL;
    for (int i = 0; i < PEAK_TRIES; i++)
        least = fmin(least, time_of_rounds(guest, rounds));
    const double operations = (double)guest_call(guest, CALL_msw_peak, 0, 0, 0, 0) * rounds;
    return least > 0 ? operations / least * 1e-6 : 0;
}

static struct profile gather(const struct taking *t, uint32_t model, size_t runs) {
    struct profile profile = {
        .runs = runs, .count = t->seen_count, .nodes = need((t->seen_count + 1) * sizeof *profile.nodes)};
    for (size_t i = 0; i < t->seen_count; i++) {
        const struct sample *sample = &t->samples[t->seen[i]];
        profile.nodes[i] = (struct profile_node){.node = contract_node(t->guest, model, t->seen[i]),
                                                 .count = (sample->count + runs - 1) / runs,
                                                 .operations = sample->operations / runs,
                                                 .bytes = sample->bytes / runs,
                                                 .output = sample->output,
                                                 .dtype = contract_dtype(t->guest, sample->output.dtype),
                                                 .ms = times_median(sample->ms, runs)};
    }
    return profile;
}

struct profile profile_take(struct guest *guest, const char *place, uint32_t model, uint32_t run, size_t repeats,
                            const struct tensor_list *inputs, const struct array *arrays) {
    const int32_t nodes = contract_model_info(guest, model).nodes;
    if (nodes < 0 || nodes > MAX_NODES)
        fail(EXIT_INPUT, "%s: msw_model_info gave %d nodes", guest->path, nodes);
    struct taking t = {.guest = guest, .most_runs = repeats ? repeats : MOST_RUNS, .node_count = (size_t)nodes};
    t.samples = need((t.node_count + 1) * sizeof *t.samples);
    t.seen = need((t.node_count + 1) * sizeof *t.seen);
    const double limit = limit_gflops(guest), started = progress_clock();
    t.nothing = time_of_nothing(guest, run);
    size_t runs = 0;
    do {
        session_write(guest, inputs, arrays);
        one_run(&t, place, run, runs++);
        progress_show("profile", runs, t.most_runs);
    } while (runs < t.most_runs && (repeats || progress_clock() - started < ENOUGH_MS));
    progress_clear();
    struct profile profile = gather(&t, model, runs);
    profile.limit_gflops = fmax(limit, limit_gflops(guest));
    return profile;
}
