#include "daemon/observe.h"

#include <stdlib.h>
#include <string.h>

#include "lib/database.h"
#include "lib/revision.h"

static const char look_sql[] =
    "SELECT rev,"
    " (SELECT greatest(floor(extract(epoch FROM clock_timestamp() - created_at) * 1000), 0)::int8"
    "  FROM outbox ORDER BY id DESC LIMIT 1),"
    " (SELECT coalesce(max(floor(extract(epoch FROM boundary) * 1000))::int8, 0)"
    "  FROM boundaries() AS boundary (boundary)"
    "  WHERE isfinite(boundary) AND boundary <= clock_timestamp()),"
    " floor(extract(epoch FROM clock_timestamp()) * 1000)::int8 "
    "FROM state";

int observe_postgres(PGconn *db, int64_t deadline_ms, struct observation *o, char *sqlstate,
                     struct err *err)
{
    PGresult *result = database_query(db, deadline_ms, look_sql, 0, NULL, sqlstate, err);

    if (!result)
        return -1;
    if (PQntuples(result) != 1) {
        PQclear(result);
        return err_set(err, "table state has no row: run `scoreboardctl migrate`");
    }
    o->state_revision = database_int(result, 0, 0);
    o->outbox = !PQgetisnull(result, 0, 1);
    o->outbox_age = database_int(result, 0, 1);
    o->boundary = database_int(result, 0, 2);
    o->clock = database_int(result, 0, 3);
    PQclear(result);
    return 0;
}

/* Whatever another program may have put there, it is a revision or it is none. */
static int64_t reply_revision(const redisReply *reply)
{
    int64_t n = REVISION_NONE;

    if (reply->type == REDIS_REPLY_STRING)
        (void)revision_parse(reply->str, (size_t)reply->len, &n);
    return n;
}

/* A key of that name which is no hash is garbage too: a rebuild replaces it. */
static int observe_no_hash(struct observation *o, const struct err *err)
{
    if (strncmp(err->text, "WRONGTYPE ", 10) != 0)
        return -1;
    o->stored_revision = REVISION_NONE;
    o->stored_read_at = 0;
    o->stored_took = 0;
    return 0;
}

int observe_redis(redisContext *redis, const struct names *names, struct observation *o,
                  struct err *err)
{
    redisReply *reply = redis_call(redis, err, "HMGET %s format rev read_at took", names->snapshot);
    const redisReply *format;

    if (!reply)
        return observe_no_hash(o, err);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4) {
        freeReplyObject(reply);
        return err_set(err, "HMGET %s: not an array of four", names->snapshot);
    }
    format = reply->element[0];
    o->stored_revision = REVISION_NONE;
    if (format->type == REDIS_REPLY_STRING && strcmp(format->str, "2") == 0)
        o->stored_revision = reply_revision(reply->element[1]);
    /* Positive integers of at most 2^53 - 1, like a revision: one parser does. */
    o->stored_read_at = reply_revision(reply->element[2]) / 1000;
    o->stored_took = reply_revision(reply->element[3]);
    freeReplyObject(reply);
    return 0;
}

enum dirt observation_dirt(const struct observation *o, int64_t node_revision, int64_t asked,
                           int64_t periodic_ms)
{
    if (o->outbox)
        return DIRT_OUTBOX;
    if (o->stored_revision == REVISION_NONE || o->stored_revision != o->state_revision ||
        node_revision > o->stored_revision)
        return DIRT_LOST;
    if (o->boundary >= o->stored_read_at) /* within one millisecond nobody knows */
        return DIRT_BOUNDARY;
    /* Either way: a clock that was set back must not switch the belt off. */
    if (llabs(o->clock - o->stored_read_at) >= periodic_ms)
        return DIRT_PERIODIC;
    if (asked >= o->stored_revision)
        return DIRT_ASKED;
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
    case DIRT_LOST:
    case DIRT_ASKED:
        break;
    }
    return "startup";
}
