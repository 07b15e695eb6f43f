/* threads_api.c - the functions of msw.h about threads, in builds that have them. */
#include "api/model.h"
#include "base/pool.h"

struct msw_thread *msw_thread_new(void) {
    struct error *err = api_error();
    struct msw_thread *thread = pool_thread_new();
    if (!thread)
        error_set(err, MSW_LIMIT,
                  "no room for one more thread: there may be 63, all of them added before a model is loaded");
    return thread;
}

void msw_threads_end(void) {
    pool_end();
}
