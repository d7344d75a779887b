#include "cli/chain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/revision.h"

/* Clocks of hosts that run NTP are closer by far. */
#define CLOCK_TOLERANCE_MS 2000

const char *const verdict_names[] = {"ok", "unknown", "late", "broken"};

PRINTF_LIKE(3, 4)
static void find(struct check *check, enum verdict verdict, const char *fmt, ...)
{
    va_list ap;

    check->verdict = verdict;
    va_start(ap, fmt);
    vsnprintf(check->finding, sizeof check->finding, fmt, ap);
    va_end(ap);
}

PRINTF_LIKE(2, 3)
static void advise(struct check *check, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(check->advice, sizeof check->advice, fmt, ap);
    va_end(ap);
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

/* --- PostgreSQL and what is in it ------------------------------------------------------------- */

/* The daemon has watched it longer than we have; 0: it does not know either. */
static int64_t down_since(const struct facts *f, const struct watched *w)
{
    return f->daemon.answers && !w->up ? w->since : 0;
}

/* A daemon that cannot read what is missing says that PostgreSQL does not answer: the schema's check knows
 * more. */
static bool answers_nobody_but_us(const struct facts *f)
{
    return f->daemon.answers && !f->daemon.postgres.up && f->postgres.migrated &&
           f->postgres.rest[0] == '\0';
}

static void judge_postgres(const struct facts *f, struct check *c)
{
    const struct watched *seen = &f->daemon.postgres;

    if (!f->postgres.answers) {
        find(c, VERDICT_BROKEN, "%s", f->postgres.err.text);
        advise(c,
               "start PostgreSQL, or correct conninfo in [postgres] and what pg_hba.conf says of "
               "that role");
    } else if (answers_nobody_but_us(f)) {
        find(c, VERDICT_BROKEN, "it answers here, but not to the daemon: %s", seen->err.text);
        advise(c, "restart the daemon if its config or its user's rights have changed");
    }
    if (c->verdict != VERDICT_OK)
        c->since = down_since(f, seen);
}

static bool needs(struct check *c, bool answers, const char *what)
{
    if (!answers)
        find(c, VERDICT_UNKNOWN, "%s does not answer", what);
    return answers;
}

static void judge_schema(const struct facts *f, struct check *c)
{
    const struct postgres_facts *p = &f->postgres;

    if (!needs(c, p->answers, "PostgreSQL"))
        return;
    if (!p->migrated)
        find(c, VERDICT_BROKEN, "schema %s is not there: PostgreSQL: %s", f->names->schema,
             p->err.text);
    else if (p->rest[0])
        find(c, VERDICT_BROKEN, "missing: %s", p->rest);
    else if (p->index[0])
        find(c, VERDICT_LATE, "missing, so that rebuilds are slow: %s", p->index);
    if (c->verdict == VERDICT_OK)
        return;
    if (p->migrated && strncmp(p->rest, "a way past ", 11) == 0)
        advise(c, "that ALTER ROLE, as a superuser");
    else
        advise(c, "scoreboardctl migrate");
    c->since = down_since(f, &f->daemon.postgres); /* to a daemon that is as bad as no server */
}

static void judge_triggers(const struct facts *f, struct check *c)
{
    if (!needs(c, f->postgres.answers, "PostgreSQL"))
        return;
    if (!f->postgres.migrated) {
        find(c, VERDICT_UNKNOWN, "the schema is not there");
    } else if (f->postgres.triggers[0]) {
        find(c, VERDICT_BROKEN, "missing or not ENABLE ALWAYS: %s", f->postgres.triggers);
        advise(c,
               "scoreboardctl migrate; changes made meanwhile are shown by scoreboardctl rebuild");
    }
}

/* --- The daemon and Redis --------------------------------------------------------------------- */

static void judge_daemon(const struct facts *f, struct check *c)
{
    if (f->daemon.answers)
        return;
    find(c, VERDICT_BROKEN, "%s", f->daemon.err.text);
    advise(c, "start scoreboardd; its log says why it ended");
}

static void judge_redis(const struct facts *f, struct check *c)
{
    const struct watched *seen = &f->daemon.redis;

    c->since = down_since(f, seen);
    if (!f->redis.answers) {
        find(c, VERDICT_BROKEN, "%s", f->redis.err.text);
        advise(c, "start Redis, or correct socket, host, port, user and password_file in [redis]");
    } else if (f->daemon.answers && !seen->up) {
        find(c, VERDICT_BROKEN, "it answers here, but not to the daemon: %s", seen->err.text);
        advise(c, "restart the daemon if its config or its user's rights have changed");
    }
}

static void judge_policy(const struct facts *f, struct check *c)
{
    const char *policy = f->redis.policy;

    if (!needs(c, f->redis.answers, "Redis"))
        return;
    if (policy[0] == '\0') {
        find(c, VERDICT_UNKNOWN, "Redis does not tell its maxmemory-policy");
    } else if (!redis_policy_keeps(policy)) {
        find(c, VERDICT_LATE, "maxmemory-policy is %s: a full Redis may throw the boards away",
             policy);
        advise(c, "redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf");
    }
}

static void judge_bus(const struct facts *f, struct check *c)
{
    if (!needs(c, f->daemon.answers, "the daemon") || f->daemon.bus.up)
        return;
    find(c, VERDICT_LATE, "the daemon is not subscribed to Redis, changes wait for its poll: %s",
         f->daemon.bus.err.text);
    c->since = f->daemon.bus.since;
    advise(c, "look whether Redis' user may use %s and %s", f->names->events, f->names->rebuilt);
}

/* --- The rebuild ------------------------------------------------------------------------------ */

/* A holder sets it to expire after lock_ttl and never prolongs it. */
static void judge_lock(const struct facts *f, struct check *c)
{
    const struct redis_facts *r = &f->redis;

    if (!needs(c, r->answers, "Redis") || r->lock[0] == '\0')
        return;
    if (r->lock_ttl == -1)
        find(c, VERDICT_BROKEN, "held by %s, and never expires: no daemon sets such a lock",
             r->lock);
    else if (r->lock_ttl > f->config->lock_ttl)
        find(c, VERDICT_BROKEN, "held by %s for another %.1f s, more than lock_ttl", r->lock,
             seconds(r->lock_ttl));
    else
        find(c, VERDICT_OK, "held by %s for another %.1f s at most", r->lock, seconds(r->lock_ttl));
    if (c->verdict != VERDICT_OK)
        advise(c, "redis-cli DEL %s", f->names->lock);
}

/* What is promised: the longest debounce, one poll, and a reading of PostgreSQL after `pace` times its
 * length of rest. */
static int64_t late_after(const struct facts *f)
{
    return f->config->max_wait + f->config->poll_interval + (f->config->pace + 1) * f->redis.took;
}

static void judge_outbox(const struct facts *f, struct check *c)
{
    const struct postgres_facts *p = &f->postgres;

    if (!needs(c, p->answers && p->migrated, "PostgreSQL or its schema") || p->outbox == 0)
        return;
    find(c, VERDICT_OK, "%lld transactions wait, the oldest for %.1f s", (long long)p->outbox,
         seconds(p->oldest));
    if (p->oldest <= late_after(f))
        return;
    c->verdict = p->oldest > 10 * late_after(f) ? VERDICT_BROKEN : VERDICT_LATE;
    c->since = f->now - p->oldest;
    advise(c, "no node has rebuilt them: the links below, and the daemons' logs, say why");
}

static void judge_rebuild(const struct facts *f, struct check *c)
{
    if (!needs(c, f->daemon.answers, "the daemon") || f->daemon.rebuild.up)
        return;
    find(c, VERDICT_BROKEN, "the last one failed: %s", f->daemon.rebuild.err.text);
    c->since = f->daemon.rebuild.since;
    advise(c, "the daemon tries again by itself; its log has each attempt");
}

static void judge_store(const struct facts *f, struct check *c)
{
    int64_t drawn = f->postgres.revision, stored = f->redis.revision;

    if (!needs(c, f->postgres.answers && f->redis.answers, "PostgreSQL or Redis"))
        return;
    if (stored == REVISION_NONE)
        find(c, VERDICT_LATE, "Redis has no boards");
    else if (stored != drawn)
        find(c, VERDICT_LATE, "Redis has revision %lld, PostgreSQL %lld", (long long)stored,
             (long long)drawn);
    if (c->verdict != VERDICT_OK)
        advise(c, "a daemon rebuilds by itself; if this stays, its log says why");
}

static void judge_snapshot(const struct facts *f, struct check *c)
{
    int64_t here = f->daemon.revision, stored = f->redis.revision;

    if (!needs(c, f->daemon.answers, "the daemon"))
        return;
    c->since = f->daemon.snapshot.since;
    if (!f->daemon.snapshot.up)
        find(c, VERDICT_BROKEN, "not written: %s", f->daemon.snapshot.err.text);
    else if (here == REVISION_NONE)
        find(c, VERDICT_BROKEN, "this node has no boards yet");
    else if (here < stored)
        find(c, VERDICT_LATE, "this node has revision %lld, Redis %lld", (long long)here,
             (long long)stored);
    if (c->verdict != VERDICT_OK)
        advise(c, "look for room and rights in %s, and at the daemon's log", f->config->directory);
}

/* --- The viewers' side ------------------------------------------------------------------------ */

/* Neither an error nor a greeting: the daemon has no room for one more, or is not reached. */
static void judge_greeting(const struct call_facts *call, struct check *c, const char *unready)
{
    if (!call->answers)
        find(c, VERDICT_BROKEN, "%s", call->err.text);
    else if (call->status != 200)
        find(c, VERDICT_BROKEN, "answered %ld", call->status);
    else if (!call->ready)
        find(c, VERDICT_LATE, "%s", unready);
}

static void judge_stream(const struct facts *f, struct check *c)
{
    if (!needs(c, f->daemon.answers, "the daemon"))
        return;
    judge_greeting(&f->stream, c, "full: new viewers get no events");
    if (c->verdict == VERDICT_LATE)
        advise(c, "%lld clients; raise max_clients in [stream]", (long long)f->daemon.clients);
    else if (c->verdict != VERDICT_OK)
        advise(c, "look at the daemon's log");
}

static bool is_public(const struct facts *f, struct check *c)
{
    if (f->config->url[0] == '\0')
        find(c, VERDICT_UNKNOWN, "url in [scoreboard] is not set");
    return f->config->url[0] != '\0';
}

static void judge_lighttpd(const struct facts *f, struct check *c)
{
    if (!is_public(f, c) || f->boards.answers)
        return;
    find(c, VERDICT_BROKEN, "%s", f->boards.err.text);
    advise(c, "start lighttpd, or correct url in [scoreboard]");
}

static void judge_boards(const struct facts *f, struct check *c)
{
    const struct call_facts *boards = &f->boards;

    if (!is_public(f, c) || !needs(c, boards->answers, "lighttpd"))
        return;
    if (boards->status == 403) {
        find(c, VERDICT_UNKNOWN, "answered 403: the competition is not shown now");
        return;
    }
    if (boards->status != 200)
        find(c, VERDICT_BROKEN, "answered %ld", boards->status);
    else if (boards->revision == REVISION_NONE)
        find(c, VERDICT_BROKEN, "answered by something else: no X-Scoreboard-Revision");
    else if (boards->revision < f->daemon.shown)
        find(c, VERDICT_LATE, "shows revision %lld, the daemon has %lld",
             (long long)boards->revision, (long long)f->daemon.shown);
    if (c->verdict != VERDICT_OK)
        advise(c, "start scoreboard-read.fcgi with this config, and look at lighttpd's error log");
}

static void judge_events_call(const struct facts *f, struct check *c)
{
    const struct call_facts *events = &f->events_call;

    if (!is_public(f, c) || !needs(c, f->boards.answers, "lighttpd"))
        return;
    if (!events->answers)
        find(c, VERDICT_BROKEN, "%s", events->err.text);
    else if (events->status == 404)
        find(c, VERDICT_UNKNOWN, "not offered on this host");
    else if (events->status != 405)
        find(c, VERDICT_BROKEN, "answered %ld", events->status);
    if (c->verdict == VERDICT_BROKEN)
        advise(c, "start scoreboard-publish.fcgi, and look at lighttpd's error log");
}

static void judge_public_stream(const struct facts *f, struct check *c)
{
    if (!is_public(f, c) || !needs(c, f->boards.answers, "lighttpd"))
        return;
    judge_greeting(&f->public_stream, c, "lighttpd does not reach the daemon, or there is no room");
    if (c->verdict != VERDICT_OK)
        advise(c, "let lighttpd's mod_proxy lead /api/scoreboard/stream to %s", f->config->socket);
}

/* --- The clocks ------------------------------------------------------------------------------- */

static bool apart(int64_t a, int64_t b)
{
    return llabs(a - b) > CLOCK_TOLERANCE_MS;
}

/* Of three clocks the one that two others agree against is wrong. */
static const char *odd_clock(int64_t postgres, int64_t redis)
{
    if (!apart(redis, 0))
        return "PostgreSQL's";
    if (!apart(postgres, 0))
        return "Redis'";
    return apart(postgres, redis) ? "more than one" : "this host's";
}

static void judge_clocks(const struct facts *f, struct check *c)
{
    int64_t postgres = f->postgres.clock_offset, redis = f->redis.clock_offset;

    if (!needs(c, f->postgres.answers && f->redis.answers, "PostgreSQL or Redis"))
        return;
    if (!apart(postgres, 0) && !apart(redis, 0))
        return;
    find(c, VERDICT_LATE,
         "%s is wrong: seen from this host, PostgreSQL's is %+.1f s, Redis' %+.1f s",
         odd_clock(postgres, redis), seconds(postgres), seconds(redis));
    advise(c, "let every host run NTP (timedatectl set-ntp true)");
}

/* --- All of it -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*judge)(const struct facts *, struct check *);
} chain[CHAIN_LENGTH] = {
    {"PostgreSQL", judge_postgres},
    {"schema", judge_schema},
    {"triggers", judge_triggers},
    {"daemon", judge_daemon},
    {"Redis", judge_redis},
    {"Redis memory", judge_policy},
    {"bus", judge_bus},
    {"lock", judge_lock},
    {"outbox", judge_outbox},
    {"rebuild", judge_rebuild},
    {"store", judge_store},
    {"snapshot", judge_snapshot},
    {"stream", judge_stream},
    {"lighttpd", judge_lighttpd},
    {"boards", judge_boards},
    {"events call", judge_events_call},
    {"public stream", judge_public_stream},
    {"clocks", judge_clocks},
};

void chain_judge(const struct facts *facts, struct check checks[CHAIN_LENGTH])
{
    for (int i = 0; i < CHAIN_LENGTH; i++) {
        checks[i] = (struct check){.name = chain[i].name, .verdict = VERDICT_OK};
        chain[i].judge(facts, &checks[i]);
    }
}

const struct check *chain_first_fault(const struct check checks[CHAIN_LENGTH])
{
    for (enum verdict verdict = VERDICT_BROKEN; verdict >= VERDICT_LATE; verdict--)
        for (int i = 0; i < CHAIN_LENGTH; i++)
            if (checks[i].verdict == verdict)
                return &checks[i];
    return NULL;
}
