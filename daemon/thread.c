#include "daemon/thread.h"

#include <string.h>
#include <time.h>

#include "lib/timestamp.h"

int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, const char *name,
                 struct err *err)
{
    int rc = pthread_create(thread, NULL, run, arg);

    return rc == 0 ? 0 : err_set(err, "%s thread: %s", name, strerror(rc));
}

int thread_join(pthread_t thread, int64_t patience_ms)
{
    int64_t at = monotonic_us() + patience_ms * 1000;
    struct timespec until = {.tv_sec = at / 1000000, .tv_nsec = at % 1000000 * 1000};

    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0 ? 0 : -1;
}
