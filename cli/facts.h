/*
 * facts: what each part of the scoreboard says of itself right now.
 *
 * Gathering only: every part is asked with a short deadline of its own, so that a dead or a frozen
 * one costs a second or so and hides nothing of the others. What the answers mean is chain.h's.
 *
 * Times are milliseconds since 1970, offsets are milliseconds that another clock is ahead of this
 * host's.
 */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/redis.h"

/* Something the daemon watches, as it sees it. */
struct watched {
    bool up;
    int64_t since; /* when that began; 0: unknown */
    struct err err;
};

struct daemon_facts {
    bool answers;
    struct err err;                 /* when it does not */
    int64_t revision, age, clients; /* revision: the newest */
    int64_t shown;                  /* the revision that the public is shown */
    bool dirty, behind;
    struct watched postgres, redis, bus; /* bus: its subscription */
    struct watched rebuild, snapshot; /* up: the last rebuild, the last write to disk, went well */
};

struct postgres_facts {
    bool answers;
    struct err err;
    bool migrated;
    int64_t revision, clock_offset;
    int64_t outbox, oldest; /* rows; the age of the oldest */
    /* What `migrate` made and is not there any more, in words; "": all is there. */
    char triggers[256], index[128], rest[256];
};

struct redis_facts {
    bool answers;
    struct err err;
    int64_t revision, took, clock_offset; /* the newest; how long PostgreSQL was read for it */
    char policy[REDIS_POLICY_MAX];        /* maxmemory-policy; "": it does not tell */
    char lock[64];                        /* who holds it; "": nobody */
    int64_t lock_ttl;                     /* -1: it has none */
};

/* One call over HTTP. */
struct call_facts {
    bool answers;
    struct err err;
    long status;
    int64_t revision; /* X-Scoreboard-Revision */
    bool ready;       /* of a stream: it has greeted */
};

struct facts {
    const struct config *config;
    const struct names *names;
    int64_t now;
    struct daemon_facts daemon;
    struct postgres_facts postgres;
    struct redis_facts redis;
    struct call_facts stream;                             /* the daemon's own */
    struct call_facts boards, events_call, public_stream; /* as the public reaches them, by `url` */
};

void facts_gather(struct facts *facts, const struct config *config, const struct names *names);

#endif
