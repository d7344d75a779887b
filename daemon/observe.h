/*
 * observe: what PostgreSQL and Redis say right now; is the cluster dirty?
 *
 * One tiny query and one HMGET. The poll thread looks so every half second, and a rebuild looks
 * again before and after it has the lock. Whether that means work is decided by
 * observation_dirty(), which is pure.
 */
#ifndef DAEMON_OBSERVE_H
#define DAEMON_OBSERVE_H

#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"

struct observation {
    int64_t state_revision; /* scoreboard.state.rev */
    int64_t outbox;         /* rows, counted up to a bound: 0 is what matters */
    int64_t boundary; /* the latest start, end or freeze that has passed, ms since 1970; 0: none */
    int64_t clock;    /* PostgreSQL's, ms since 1970 */
    int64_t stored_revision; /* Redis' snapshot; REVISION_NONE: it has none (or garbage) */
    int64_t stored_took;     /* how long its rebuild took, ms */
};

/* The two halves, so that the failure of one does not hide the other. On failure the half's fields
 * are untouched. `sqlstate` as in database_query(): 42P01 and 3F000 mean that the schema is
 * missing. */
int observe_postgres(PGconn *db, int64_t deadline_ms, struct observation *o, char *sqlstate,
                     struct err *err) MUST_CHECK;
int observe_redis(redisContext *redis, const struct names *names, struct observation *o,
                  struct err *err) MUST_CHECK;

/* Dirty := the outbox is not empty, or Redis has no snapshot, or Redis and PostgreSQL differ, or
 * this node is ahead of Redis, or somebody asked for a revision above `asked` (-1: nobody) and
 * Redis has none yet. */
bool observation_dirty(const struct observation *o, int64_t node_revision, int64_t asked);

#endif
