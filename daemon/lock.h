/*
 * lock: one node rebuilds at a time.
 *
 * The lock saves work; it does not make a rebuild correct. PostgreSQL and the store's comparison of
 * revisions do that, so a holder that outlives its lock is harmless, and there is no renewal. The
 * time to live is what frees it when a holder dies.
 *
 * What is busy for longer than it may live is no lock: one that never ends, or a key of another type.
 * Whoever has seen the same holder for that long seizes it.
 *
 * Only the holder's random token releases it: a late holder never frees the lock of its successor.
 */
#ifndef DAEMON_LOCK_H
#define DAEMON_LOCK_H

#include <hiredis/hiredis.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/random.h"

struct lock {
    char token[RANDOM_NAME_MAX]; /* "": not ours */
};

/* Who has the lock, as far as a look can tell: a token, or what else stands there. */
#define LOCK_HOLDER_MAX 64

/* A node's memory of who held it up. */
struct lock_watch {
    char holder[LOCK_HOLDER_MAX]; /* "": nobody */
    int64_t since;                /* monotonic_ms() */
};

enum lock_result {
    LOCK_FAILED = -1, /* perhaps taken all the same (the answer was lost): release it */
    LOCK_BUSY,
    LOCK_TAKEN,
    LOCK_SEIZED, /* from watch->holder, who had it for longer than `ttl_ms` */
};

enum lock_result lock_take(redisContext *redis, const struct names *names, int64_t ttl_ms,
                           struct lock_watch *watch, struct lock *lock, struct err *err) MUST_CHECK;

/* Gives it back if it still is ours. The store's script does the same (store.h). */
int lock_release(redisContext *redis, const struct names *names, struct lock *lock,
                 struct err *err) MUST_CHECK;

#endif
