#include "daemon/thread.h"

#include <string.h>
#include <time.h>

int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, const char *name,
                 struct err *err)
{
    int rc = pthread_create(thread, NULL, run, arg);

    return rc == 0 ? 0 : err_set(err, "%s thread: %s", name, strerror(rc));
}

/* By the wall clock: the thread sanitizer does not know pthread_clockjoin_np(), and would take each
 * thread for a leak. */
int thread_join(pthread_t thread, int64_t patience_ms)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += patience_ms % 1000 * 1000000;
    until.tv_sec += patience_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_timedjoin_np(thread, NULL, &until) == 0 ? 0 : -1;
}
