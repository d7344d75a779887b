#include "daemon/poll.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/thread.h"
#include "lib/database.h"
#include "lib/outbox.h"
#include "lib/redis.h"
#include "lib/timestamp.h"

#define QUIET_AFTER_MS 60000 /* without a change */

struct poll {
    const struct config *config;
    const struct names *names;
    struct mailbox *sights;
    struct mailbox foreign; /* struct board_event; closed: the thread shall end */
    pthread_t thread;

    /* The thread's own. */
    PGconn *db;
    redisContext *redis;
    int64_t revision;        /* of PostgreSQL, as last seen */
    int64_t quiet_from;      /* unless something changes before, in monotonic_ms() */
    struct observation last; /* what is known when the next look fails: database, clock */
    struct board_event owed; /* foreign, without a row yet; an empty reason: none */
    int64_t owed_from;       /* a row may be written from then on */
};

void poll_merge_sights(void *waiting, const void *sight)
{
    struct sight *w = waiting;
    struct sight older = *w;

    *w = *(const struct sight *)sight;
    w->connected |= older.connected;
    if (!w->eviction_policy[0])
        memcpy(w->eviction_policy, older.eviction_policy, sizeof w->eviction_policy);
}

static void merge_foreign(void *waiting, const void *event)
{
    event_merge(waiting, event);
}

static void drop_postgres(struct poll *p)
{
    PQfinish(p->db);
    p->db = NULL;
}

static void drop_redis(struct poll *p)
{
    redisFree(p->redis);
    p->redis = NULL;
}

static int need_postgres(struct poll *p, struct sight *sight)
{
    struct database_options options = {
        .conninfo = p->config->conninfo,
        .password_file = p->config->password_file,
        .program = "scoreboardd poll",
        .schema = p->names->schema,
        .connect_deadline = p->config->connect_deadline,
        .statement_timeout = p->config->poll_deadline,
    };

    if (p->db)
        return 0;
    p->db = database_open(&options, &sight->postgres_err);
    if (!p->db)
        return -1;
    sight->connected = true;
    return 0;
}

static int need_redis(struct poll *p, struct sight *sight)
{
    if (p->redis)
        return 0;
    p->redis = redis_open(&p->config->redis, p->config->redis.deadline, &sight->redis_err);
    if (!p->redis)
        return -1;
    sight->connected = true;
    redis_eviction_policy(p->redis, sight->eviction_policy);
    return 0;
}

static bool owes(const struct poll *p)
{
    return p->owed.reason[0] != '\0';
}

/* The row for foreign events, at most one in a debounce window. What comes too soon is owed until
 * the window ends: a rebuild may have deleted the last row before it could see what this event is
 * about. */
static void pay_owed(struct poll *p, struct sight *sight)
{
    struct board_event written;
    int64_t now = monotonic_ms();

    if (!owes(p) || now < p->owed_from)
        return;
    if (outbox_insert(p->db, p->config->poll_deadline, p->owed.reason, &written,
                      &sight->postgres_err) < 0) {
        sight->postgres = false;
        return;
    }
    p->owed = (struct board_event){0};
    p->owed_from = now + p->config->debounce;
}

static void look_at_postgres(struct poll *p, struct sight *sight)
{
    char sqlstate[6] = "";

    if (need_postgres(p, sight) < 0)
        return;
    if (observe_postgres(p->db, p->config->poll_deadline, &sight->seen, sqlstate,
                         &sight->postgres_err) == 0) {
        sight->postgres = true;
        pay_owed(p, sight);
    }
    /* 3F000: no such schema; 42P01: no such table. */
    sight->schema_missing = strcmp(sqlstate, "42P01") == 0 || strcmp(sqlstate, "3F000") == 0;
    if (!sight->postgres)
        drop_postgres(p);
}

/* The heartbeat's way is node -> Redis -> this node's bus thread: what the bus hears, it can
 * hear. */
static int beat(struct poll *p, struct err *err)
{
    return redis_do(p->redis, err, "PUBLISH %s 1", p->names->heartbeat);
}

/* A Redis whose names are another database's is heard all the same: it answers. */
static void look_at_redis(struct poll *p, struct sight *sight)
{
    struct observation *o = &sight->seen;

    observation_without_redis(o);
    if (need_redis(p, sight) < 0)
        return;
    (void)!observe_redis(p->redis, p->names, p->config->redis.lease, o, &sight->redis_err);
    if (!p->redis->err && beat(p, o->redis ? &sight->redis_err : &(struct err){""}) < 0)
        observation_without_redis(o);
    if (p->redis->err)
        drop_redis(p);
}

/* Where there was a change, another one is likely. A server in trouble is not asked more often. */
static void expect_changes(struct poll *p, const struct sight *sight)
{
    if (!sight->postgres)
        p->quiet_from = 0;
    else if (sight->seen.outbox || sight->seen.state_revision != p->revision)
        p->quiet_from = monotonic_ms() + QUIET_AFTER_MS;
    p->revision = sight->seen.state_revision;
}

static int64_t interval(const struct poll *p, int64_t now)
{
    const struct config *c = p->config;

    return now < p->quiet_from && c->poll_interval_played < c->poll_interval
               ? c->poll_interval_played
               : c->poll_interval;
}

static void look(struct poll *p)
{
    struct sight sight = {.seen = p->last};

    look_at_postgres(p, &sight);
    look_at_redis(p, &sight);
    p->last = sight.seen;
    expect_changes(p, &sight);
    mailbox_post(p->sights, &sight);
}

/* Until the next look is due; a foreign event that may be written now makes it due at once. */
static bool rest(struct poll *p)
{
    int64_t now = monotonic_ms(), until = now + interval(p, now);

    if (owes(p) && p->owed_from <= now)
        p->owed_from = until; /* this look could not pay; the next one tries again */
    while ((now = monotonic_ms()) < until) {
        struct board_event event;

        if (!mailbox_wait(&p->foreign, until - now))
            return false;
        if (mailbox_take(&p->foreign, &event))
            event_merge(&p->owed, &event);
        if (owes(p) && p->owed_from < until)
            until = p->owed_from;
    }
    return true;
}

static void *poll_thread(void *arg)
{
    struct poll *p = arg;

    do
        look(p);
    while (rest(p));
    return NULL;
}

static void poll_free(struct poll *p)
{
    mailbox_release(&p->foreign);
    drop_postgres(p);
    drop_redis(p);
    free(p);
}

struct poll *poll_start(const struct config *config, const struct names *names,
                        struct mailbox *sights, struct err *err)
{
    struct poll *p = calloc(1, sizeof *p);

    if (!p) {
        err_set(err, "poll: out of memory");
        return NULL;
    }
    *p = (struct poll){.config = config, .names = names, .sights = sights};
    if (mailbox_init(&p->foreign, sizeof(struct board_event), merge_foreign, err) < 0 ||
        thread_start(&p->thread, poll_thread, p, "poll", err) < 0) {
        poll_free(p);
        return NULL;
    }
    return p;
}

int poll_stop(struct poll *p, int64_t patience_ms)
{
    if (!p)
        return 0;
    mailbox_close(&p->foreign);
    if (thread_join(p->thread, patience_ms) < 0)
        return -1;
    poll_free(p);
    return 0;
}

void poll_foreign_event(struct poll *p, const struct board_event *event)
{
    mailbox_post(&p->foreign, event);
}
