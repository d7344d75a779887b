#include "daemon/observe.h"

#include <stdio.h>
#include <string.h>

#include "daemon/store.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* Of the outbox only what may be alive is looked at. An outbox_from that this server has not come to
 * is another server's: then it says nothing, and a rebuild corrects it. */
static const char look_sql[] =
    "SELECT rev, floor(extract(epoch FROM read_at) * 1000)::int8, database_id,"
    " fingerprint IS DISTINCT FROM fingerprint(),"
    " outbox_from > pg_snapshot_xmax(pg_current_snapshot()),"
    " (SELECT greatest(floor(extract(epoch FROM clock_timestamp() - created_at) * 1000), 0)::int8"
    "  FROM outbox WHERE writer >= outbox_from ORDER BY writer DESC LIMIT 1),"
    " (SELECT coalesce(max(floor(extract(epoch FROM at) * 1000))::int8, 0) FROM boundaries()"
    "  WHERE isfinite(at) AND at <= clock_timestamp()),"
    " floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 "
    "FROM state";

static bool is_true(const PGresult *result, int column)
{
    return PQgetvalue(result, 0, column)[0] == 't';
}

void observation_without_redis(struct observation *o)
{
    o->redis = false;
    o->stored_revision = o->shown_revision = REVISION_NONE;
    o->stored_took_ms = 0;
}

int64_t observation_now(const struct observation *o)
{
    return o->clock != 0 ? o->clock + monotonic_ms() - o->clock_at : timestamp_now() / 1000;
}

int64_t observation_revision_limit(const struct observation *o)
{
    return observation_now(o) + REVISION_AHEAD_MAX;
}

static void set_postgres(struct observation *o, const PGresult *result)
{
    o->state_revision = database_int(result, 0, 0);
    o->read_at = database_int(result, 0, 1);
    snprintf(o->database, sizeof o->database, "%s", PQgetvalue(result, 0, 2));
    o->rewritten = is_true(result, 3);
    o->outbox = is_true(result, 4) || !PQgetisnull(result, 0, 5);
    o->outbox_age = database_int(result, 0, 5);
    o->boundary = database_int(result, 0, 6);
    o->clock = database_int(result, 0, 7);
    if (o->state_revision > observation_revision_limit(o))
        o->state_revision = REVISION_NONE;
}

int observe_postgres(PGconn *db, int64_t deadline_ms, struct observation *o, char *sqlstate,
                     struct err *err)
{
    int64_t clock_at = monotonic_ms();
    PGresult *result = database_query(db, deadline_ms, look_sql, 0, NULL, sqlstate, err);

    if (!result)
        return -1;
    if (PQntuples(result) != 1) {
        PQclear(result);
        return err_set(err, "table state has no row: run `scoreboardctl migrate`");
    }
    o->clock_at = clock_at;
    set_postgres(o, result);
    PQclear(result);
    return 0;
}

/*
 * KEYS: the snapshot, whose the names are; the lock, so that a Redis Cluster refuses at once what it
 * would refuse in the middle of a rebuild. ARGV: this database ("": not known yet), the lease in ms.
 *
 * Who can write nothing here takes no part, hence SET at each look. A claim that is none (another
 * type, no end) is no claim.
 */
static const char look_lua[] =
    "local tenant = redis.call('PTTL', KEYS[2]) >= 0 and redis.pcall('GET', KEYS[2])\n"
    "if type(tenant) ~= 'string' then tenant = ARGV[1] end\n"
    "if tenant == ARGV[1] and tenant ~= '' then\n"
    "  redis.call('SET', KEYS[2], tenant, 'PX', ARGV[2])\n"
    "end\n"
    "local found =\n"
    "  redis.pcall('HMGET', KEYS[1], 'format', 'database', 'took', 'rev', 'staff_rev')\n"
    "local fields = {tenant}\n"
    "for i = 1, 5 do fields[i + 1] = found[i] or '' end\n"
    "return fields\n";

enum { LOOK_TENANT, LOOK_FORMAT, LOOK_DATABASE, LOOK_TOOK, LOOK_REV, LOOK_STAFF_REV, LOOK_COUNT };

/* A positive integer of at most 2^53 - 1, as a revision is; whatever else may stand there is 0. */
static int64_t number(const redisReply *reply)
{
    int64_t n = 0;

    if (reply->type == REDIS_REPLY_STRING)
        (void)revision_parse(reply->str, (size_t)reply->len, &n);
    return n;
}

static bool is_text(const redisReply *reply, const char *text)
{
    return reply->type == REDIS_REPLY_STRING && strcmp(reply->str, text) == 0;
}

/* As long as the database is not known, nothing says that what is there is another's. */
static bool is_ours(const struct observation *o, const redisReply *database)
{
    return o->database[0] == '\0' || is_text(database, o->database);
}

/* REVISION_NONE: none, or garbage. */
static int64_t stored(const struct observation *o, redisReply *const *field, int rev)
{
    int64_t revision = number(field[rev]);
    bool counts = is_text(field[LOOK_FORMAT], STORE_FORMAT) && is_ours(o, field[LOOK_DATABASE]) &&
                  revision <= observation_revision_limit(o);

    return counts ? revision : REVISION_NONE;
}

static void set_redis(struct observation *o, redisReply *const *field)
{
    int64_t staffs = stored(o, field, LOOK_STAFF_REV);

    o->redis = true;
    o->stored_took_ms = number(field[LOOK_TOOK]);
    o->shown_revision = stored(o, field, LOOK_REV);
    o->stored_revision = staffs > o->shown_revision ? staffs : o->shown_revision;
}

int observe_redis(redisContext *redis, const struct names *names, int64_t lease_ms,
                  struct observation *o, struct err *err)
{
    redisReply *reply =
        redis_call(redis, err, "EVAL %s 3 %s %s %s %s %lld", look_lua, names->snapshot,
                   names->tenant, names->lock, o->database, (long long)lease_ms);
    int status = 0;

    observation_without_redis(o);
    if (!reply)
        return -1;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != LOOK_COUNT ||
        reply->element[LOOK_TENANT]->type != REDIS_REPLY_STRING)
        status = err_set(err, "the look's script answered with no array of %d texts", LOOK_COUNT);
    else if (!is_ours(o, reply->element[LOOK_TENANT]))
        status = err_set(err,
                         "the names here are those of database %s, not of this one, %s: "
                         "set instance in [scoreboard] of one of the two",
                         reply->element[LOOK_TENANT]->str, o->database);
    else
        set_redis(o, reply->element);
    freeReplyObject(reply);
    return status;
}

bool observation_missed(const struct observation *o, int64_t missed_at)
{
    return missed_at != MISSED_NOTHING && missed_at <= o->clock_at &&
           o->read_at <= o->clock - (o->clock_at - missed_at);
}

/* What is stored does not hold, or is without the public's line. */
static bool is_damaged(const struct observation *o, const struct doubt *doubt)
{
    return o->stored_revision != REVISION_NONE &&
           (o->stored_revision == doubt->corrupt || o->shown_revision == REVISION_NONE);
}

/* There are boards that PostgreSQL knows nothing of, or they do not hold. */
static bool is_lost(const struct observation *o, int64_t node_revision, const struct doubt *doubt)
{
    return o->state_revision == REVISION_NONE || node_revision > o->state_revision ||
           o->stored_revision > o->state_revision || is_damaged(o, doubt);
}

/* Those that PostgreSQL has drawn last are not where they should be. */
static bool is_lacking(const struct observation *o, int64_t node_revision)
{
    return (o->redis ? o->stored_revision : node_revision) < o->state_revision;
}

enum dirt observation_dirt(const struct observation *o, int64_t node_revision,
                           const struct doubt *doubt, int64_t periodic_ms)
{
    if (is_lost(o, node_revision, doubt))
        return DIRT_LOST;
    if (o->outbox)
        return DIRT_OUTBOX;
    if (o->rewritten)
        return DIRT_REWRITTEN;
    if (o->boundary >= o->read_at) /* within one millisecond nobody knows */
        return DIRT_BOUNDARY;
    /* By a clock that was set back since, they are of a time that is still to come. */
    if (o->clock < o->read_at || o->clock - o->read_at >= periodic_ms)
        return DIRT_PERIODIC;
    if (observation_missed(o, doubt->missed_at))
        return DIRT_MISSED;
    if (is_lacking(o, node_revision))
        return DIRT_LACKING;
    return DIRT_NONE;
}

const char *dirt_reason(enum dirt dirt)
{
    switch (dirt) {
    case DIRT_BOUNDARY:
        return "boundary";
    case DIRT_PERIODIC:
        return "periodic";
    case DIRT_NONE:
    case DIRT_OUTBOX:
    case DIRT_REWRITTEN:
    case DIRT_LOST:
    case DIRT_MISSED:
    case DIRT_LACKING:
        break;
    }
    return "startup";
}
