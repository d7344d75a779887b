/*
 * thread: starting a thread, and ending one that may hang in a call.
 *
 * Each call of a thread has a deadline, but the lookup of a name, which is libc's, and deadlines
 * may be long: a daemon that is told to end does not wait for them.
 */
#ifndef DAEMON_THREAD_H
#define DAEMON_THREAD_H

#include <pthread.h>
#include <stdint.h>

#include "lib/err.h"

/* `name` is for the error. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg, const char *name,
                 struct err *err) MUST_CHECK;

/* Waits for its end. -1: it has not ended within `patience_ms`, and may still use all that it was
 * given. */
int thread_join(pthread_t thread, int64_t patience_ms) MUST_CHECK;

#endif
