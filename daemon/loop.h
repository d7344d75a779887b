/*
 * loop: two words that libevent lacks.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <event2/event.h>
#include <stdint.h>
#include <sys/time.h>

/* Milliseconds as libevent's timeout; a time that has passed is now. */
static inline struct timeval loop_timeval(int64_t ms)
{
    if (ms < 0)
        ms = 0;
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* event_free() that is safe on NULL. */
static inline void loop_event_free(struct event *event)
{
    if (event)
        event_free(event);
}

#endif
