/*
 * observe: what PostgreSQL and Redis say right now, and whether that makes the cluster dirty.
 *
 * One tiny query and one HMGET. The poll thread looks so every half second, and a rebuild looks
 * again before and after it has the lock. What the sight means is decided by observation_dirt(),
 * which is pure: but for `asked`, dirt is derived from what is stored, so that no node has to
 * remember anything and all nodes agree.
 */
#ifndef DAEMON_OBSERVE_H
#define DAEMON_OBSERVE_H

#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/redis.h"

struct observation {
    /* PostgreSQL's half. Times are milliseconds since 1970 of its clock. */
    int64_t state_revision; /* state.rev */
    bool outbox;            /* it has rows */
    int64_t outbox_age;     /* ms since the newest of them was written; 0 without one */
    int64_t boundary;       /* the latest start, freeze or end that has passed; 0: none */
    int64_t clock;
    /* Redis' half. */
    int64_t stored_revision; /* REVISION_NONE: no snapshot, or garbage in its place */
    int64_t stored_read_at;  /* when its data was read, by PostgreSQL's clock */
    int64_t stored_took;     /* how long PostgreSQL was read for it */
};

/* One look of the poll thread: what was seen, and what could not be. */
struct sight {
    struct observation seen; /* a half counts only when its side is up */
    int64_t clock_at;        /* not after seen.clock, in monotonic_ms() */
    bool postgres, redis;    /* up: it answered this look */
    bool connected;      /* a connection is new since the last look: what it missed is unknown */
    bool schema_missing; /* PostgreSQL answered that our schema is not there */
    char eviction_policy[REDIS_POLICY_MAX]; /* of Redis, when it was newly connected to; else "" */
    struct err postgres_err, redis_err;     /* of a side that is not up */
};

/* The two halves, so that the failure of one does not hide the other. On failure the half's fields
 * are untouched. `sqlstate` as in database_query(); errors do not say whose. */
int observe_postgres(PGconn *db, int64_t deadline_ms, struct observation *o, char *sqlstate,
                     struct err *err) MUST_CHECK;
int observe_redis(redisContext *redis, const struct names *names, struct observation *o,
                  struct err *err) MUST_CHECK;

enum dirt {
    DIRT_NONE,
    DIRT_OUTBOX,   /* a change was committed and not yet rebuilt */
    DIRT_LOST,     /* Redis has no snapshot, or not PostgreSQL's newest, or less than this node */
    DIRT_BOUNDARY, /* the competition started, froze or ended after the stored boards were read */
    DIRT_PERIODIC, /* the stored boards are older than `periodic` */
    DIRT_ASKED,    /* somebody wants a revision above `asked`, and Redis has none */
};

#define ASKED_NOTHING INT64_C(-1)

enum dirt observation_dirt(const struct observation *o, int64_t node_revision, int64_t asked,
                           int64_t periodic_ms);

/* The reason of an event that has no outbox row to take it from: "startup", "boundary" or
 * "periodic". */
const char *dirt_reason(enum dirt dirt);

#endif
