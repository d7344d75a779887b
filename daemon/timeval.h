/*
 * timeval: our milliseconds as libevent's timeouts.
 */
#ifndef DAEMON_TIMEVAL_H
#define DAEMON_TIMEVAL_H

#include <stdint.h>
#include <sys/time.h>

/* A time that has passed is now. */
static inline struct timeval timeval_ms(int64_t ms)
{
    if (ms < 0)
        ms = 0;
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

#endif
