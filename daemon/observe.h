/*
 * observe: what PostgreSQL and Redis say right now, and whether that makes the boards dirty.
 *
 * One tiny query and one tiny script. The poll thread looks so every half second, and a rebuild
 * looks again before and after it has the lock. What the sight means is decided by
 * observation_dirt(), which is pure: but for its doubts, dirt is derived from what is stored, so that
 * no node has to remember anything and all nodes agree.
 *
 * Redis takes part when it answers and its names are this database's: then the boards are the
 * cluster's, in Redis. Else this node works alone: what PostgreSQL has drawn, it must have itself.
 */
#ifndef DAEMON_OBSERVE_H
#define DAEMON_OBSERVE_H

#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/database.h"
#include "lib/err.h"
#include "lib/redis.h"

struct observation {
    /* PostgreSQL's half. Times are milliseconds since 1970 of its clock. */
    char database[DATABASE_ID_MAX]; /* "": not known yet */
    int64_t state_revision;         /* state.rev; REVISION_NONE: none yet, or garbage */
    int64_t read_at;                /* when the boards of that revision were read */
    bool outbox;                    /* it has rows, or may have some that are not looked at */
    int64_t outbox_age;             /* ms since the newest of them was written; 0 without one */
    bool rewritten;                 /* a source is not the table any more that was read */
    int64_t boundary;               /* the latest start, freeze or end that has passed; 0: none */
    int64_t clock;                  /* 0: never seen */
    int64_t clock_at;               /* not after `clock`, in monotonic_ms() */
    /* Redis' half. */
    bool redis; /* it takes part; else what follows is NONE */
    int64_t
        stored_revision; /* the newest of both lines; REVISION_NONE: no snapshot of this database,
                                or garbage */
    int64_t shown_revision; /* the public's; likewise */
    int64_t stored_took_ms; /* how long PostgreSQL was read for it */
};

/* One look of the poll thread: what was seen, and what could not be. */
struct sight {
    struct observation seen; /* PostgreSQL's half counts only when it is up */
    bool postgres;           /* it answered this look */
    bool connected;      /* a connection is new since the last look: what it missed is unknown */
    bool schema_missing; /* PostgreSQL answered that our schema is not there */
    char eviction_policy[REDIS_POLICY_MAX]; /* of Redis, when it was newly connected to; else "" */
    struct err postgres_err;                /* when it is not up */
    struct err redis_err;                   /* when it does not take part */
};

/* On failure PostgreSQL's half is untouched. `sqlstate` as in database_query(); errors do not say
 * whose. */
int observe_postgres(PGconn *db, int64_t deadline_ms, struct observation *o, char *sqlstate,
                     struct err *err) MUST_CHECK;

/* Comes second: `database` and `clock` tell what in Redis is this database's, and what is garbage.
 * Renews the claim on its names for another `lease_ms`. -1: Redis does not take part, o->redis is
 * false; redis->err tells whether the connection lives. */
int observe_redis(redisContext *redis, const struct names *names, int64_t lease_ms,
                  struct observation *o, struct err *err) MUST_CHECK;

/* Redis does not take part: what it had when it last did is no part of this look. */
void observation_without_redis(struct observation *o);

/* PostgreSQL's clock now, ms since 1970, however long ago it was seen; this host's where it never was. */
int64_t observation_now(const struct observation *o);

/* The greatest revision that is not garbage, by that clock. */
int64_t observation_revision_limit(const struct observation *o);

/* What a node knows, and nobody stored. */
struct doubt {
    int64_t missed_at; /* boards read before may lack something (monotonic ms); MISSED_NOTHING */
    int64_t corrupt;   /* a revision in Redis that does not hold; REVISION_NONE */
};

#define MISSED_NOTHING INT64_C(-1)

/* Boards of so-and-so were read before `missed_at`. A look that is older tells nothing. */
bool observation_missed(const struct observation *o, int64_t missed_at);

/* The first that is the case. Those of LOST are all stored anew; those of LACKING alone may be made
 * again, and stand (read.h). */
enum dirt {
    DIRT_NONE,
    DIRT_LOST,      /* PostgreSQL has none, or less than Redis or here; Redis' do not hold */
    DIRT_OUTBOX,    /* a change was committed and not yet rebuilt */
    DIRT_REWRITTEN, /* a source was truncated, rewritten, dropped or made anew */
    DIRT_BOUNDARY,  /* the competition started, froze or ended after the boards were read */
    DIRT_PERIODIC,  /* they are older than `periodic`; or of a time to come, by a clock set back */
    DIRT_MISSED,    /* they were read before something that nobody here heard */
    DIRT_LACKING,   /* PostgreSQL's newest are not in Redis; alone: not here. Nothing else */
};

enum dirt observation_dirt(const struct observation *o, int64_t node_revision,
                           const struct doubt *doubt, int64_t periodic_ms);

/* The reason of an event that has no outbox row to take it from: "startup", "boundary" or
 * "periodic". */
const char *dirt_reason(enum dirt dirt);

#endif
