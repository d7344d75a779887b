#include "cli/facts.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "lib/database.h"
#include "lib/redis.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* Of each part. One part may be away, and the whole must be said within five seconds. */
#define DEADLINE_MS   1200
#define LOOK_EVERY_MS 100

static int64_t now_ms(void)
{
    return timestamp_now() / 1000;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* A clock that was read between two looks at ours is taken to be read half way. */
static int64_t clock_offset(int64_t theirs, int64_t before, int64_t after)
{
    return theirs - (before + after) / 2;
}

static void copy_text(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

/* --- The daemon ------------------------------------------------------------------------------- */

static int64_t json_int(const cJSON *json, const char *key)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(json, key);

    return cJSON_IsNumber(field) ? (int64_t)field->valuedouble : 0;
}

static bool json_bool(const cJSON *json, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static void read_error(const cJSON *json, struct watched *w)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(json, "error");

    copy_text(w->err.text, sizeof w->err.text, cJSON_IsString(error) ? error->valuestring : "");
}

/* {"up":true,"since":1772215200000,"error":""} */
static void read_connection(const cJSON *json, const char *key, struct watched *w)
{
    const cJSON *link = cJSON_GetObjectItemCaseSensitive(json, key);

    w->up = json_bool(link, "up");
    w->since = json_int(link, "since");
    read_error(link, w);
}

/* {"failing_since":null,"error":""} */
static void read_work(const cJSON *json, const char *key, struct watched *w)
{
    const cJSON *work = cJSON_GetObjectItemCaseSensitive(json, key);

    w->since = json_int(work, "failing_since");
    w->up = w->since == 0;
    read_error(work, w);
}

static void read_daemon(const cJSON *json, struct daemon_facts *daemon)
{
    daemon->revision = json_int(json, "revision");
    daemon->shown = json_int(json, "shown_revision");
    daemon->age = json_int(json, "age_ms");
    daemon->clients = json_int(json, "clients");
    daemon->dirty = json_bool(json, "dirty");
    daemon->behind = json_bool(json, "behind");
    read_connection(json, "postgres", &daemon->postgres);
    read_connection(json, "redis", &daemon->redis);
    read_connection(json, "bus", &daemon->bus);
    read_work(json, "rebuild", &daemon->rebuild);
    read_work(json, "snapshot", &daemon->snapshot);
}

static void ask_daemon(struct facts *facts)
{
    struct daemon_facts *daemon = &facts->daemon;
    struct endpoint server = fetch_daemon(facts->config);
    struct buffer body;
    cJSON *json;

    if (fetch_page(&server, "/status", DEADLINE_MS, &body, &daemon->err) < 0)
        return;
    json = cJSON_Parse(body.data);
    daemon->answers = json != NULL;
    if (json)
        read_daemon(json, daemon);
    else
        err_set(&daemon->err, "/status is not JSON: %.100s", body.data);
    cJSON_Delete(json);
    buffer_release(&body);
}

/* --- PostgreSQL ------------------------------------------------------------------------------- */

static const char clock_sql[] = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8";

static const char state_sql[] =
    "SELECT rev, (SELECT count(*) FROM outbox), coalesce((SELECT"
    " (extract(epoch FROM clock_timestamp() - min(created_at)) * 1000)::int8 FROM outbox), 0)"
    " FROM state";

static const char missing_sql[] =
    "SELECT string_agg(what, ', ') FILTER (WHERE what LIKE 'trigger %'),"
    " string_agg(what, ', ') FILTER (WHERE what LIKE 'index %'),"
    " string_agg(what, ', ') FILTER (WHERE what NOT SIMILAR TO '(trigger|index) %')"
    " FROM missing";

static PGresult *query(struct postgres_facts *postgres, PGconn *db, const char *sql)
{
    char sqlstate[6];
    PGresult *result = database_query(db, DEADLINE_MS, sql, 0, NULL, sqlstate, &postgres->err);

    /* Class 42: it has answered that a table, or a right, is not there. */
    if (!result)
        postgres->answers = strncmp(sqlstate, "42", 2) == 0;
    return result;
}

static void read_missing(struct postgres_facts *postgres, PGconn *db)
{
    PGresult *missing = query(postgres, db, missing_sql);

    if (missing) {
        copy_text(postgres->triggers, sizeof postgres->triggers, PQgetvalue(missing, 0, 0));
        copy_text(postgres->index, sizeof postgres->index, PQgetvalue(missing, 0, 1));
        copy_text(postgres->rest, sizeof postgres->rest, PQgetvalue(missing, 0, 2));
    }
    postgres->migrated = missing != NULL;
    PQclear(missing);
}

static void read_state(struct postgres_facts *postgres, PGconn *db)
{
    PGresult *state = query(postgres, db, state_sql);

    if (!state)
        return;
    if (PQntuples(state) > 0) {
        postgres->revision = database_int(state, 0, 0);
        postgres->outbox = database_int(state, 0, 1);
        postgres->oldest = database_int(state, 0, 2);
    }
    PQclear(state);
    read_missing(postgres, db);
}

static void read_postgres(struct postgres_facts *postgres, PGconn *db)
{
    int64_t before = now_ms();
    PGresult *clock = query(postgres, db, clock_sql);

    if (!clock)
        return;
    postgres->clock_offset = clock_offset(database_int(clock, 0, 0), before, now_ms());
    PQclear(clock);
    read_state(postgres, db);
}

static void ask_postgres(struct facts *facts)
{
    const struct config *config = facts->config;
    struct database_options options = {
        .conninfo = config->conninfo,
        .password_file = config->password_file,
        .program = "scoreboardctl status",
        .schema = facts->names->schema,
        .connect_deadline = least(config->connect_deadline, DEADLINE_MS),
        .statement_timeout = DEADLINE_MS,
    };
    PGconn *db = database_open(&options, &facts->postgres.err);

    if (!db)
        return;
    facts->postgres.answers = true;
    read_postgres(&facts->postgres, db);
    PQfinish(db);
}

/* --- Redis ------------------------------------------------------------------------------------ */

/* The text of an answer's element; "" when it has none. */
static const char *text_at(const redisReply *reply, size_t i)
{
    if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements)
        return "";
    return reply->element[i]->type == REDIS_REPLY_STRING ? reply->element[i]->str : "";
}

static void read_redis_clock(struct redis_facts *redis, redisContext *connection)
{
    int64_t before = now_ms();
    redisReply *time = redis_call(connection, &redis->err, "TIME");

    if (!time)
        return;
    redis->answers = true;
    redis->clock_offset = clock_offset(
        atoll(text_at(time, 0)) * 1000 + atoll(text_at(time, 1)) / 1000, before, now_ms());
    freeReplyObject(time);
}

static int64_t revision_at(const redisReply *reply, size_t i)
{
    int64_t revision = REVISION_NONE;

    (void)revision_parse(text_at(reply, i), strlen(text_at(reply, i)), &revision);
    return revision;
}

static void read_snapshot(struct redis_facts *redis, redisContext *connection, const char *key)
{
    redisReply *head = redis_call(connection, &redis->err, "HMGET %s rev staff_rev took", key);

    if (!head)
        return;
    redis->revision = revision_at(head, 0);
    if (revision_at(head, 1) > redis->revision)
        redis->revision = revision_at(head, 1);
    redis->took = atoll(text_at(head, 2));
    freeReplyObject(head);
}

static void read_lock(struct redis_facts *redis, redisContext *connection, const char *key)
{
    redisReply *holder = redis_call(connection, &redis->err, "GET %s", key);
    redisReply *ttl = redis_call(connection, &redis->err, "PTTL %s", key);

    if (holder && holder->type == REDIS_REPLY_STRING && ttl && ttl->type == REDIS_REPLY_INTEGER &&
        ttl->integer != -2) { /* -2: gone meanwhile */
        copy_text(redis->lock, sizeof redis->lock, holder->len ? holder->str : "(empty)");
        redis->lock_ttl = ttl->integer;
    }
    freeReplyObject(holder);
    freeReplyObject(ttl);
}

static void ask_redis(struct facts *facts)
{
    struct redis_facts *redis = &facts->redis;
    redisContext *connection = redis_open(
        &facts->config->redis, least(facts->config->redis.deadline, DEADLINE_MS), &redis->err);

    if (!connection)
        return;
    read_redis_clock(redis, connection);
    if (redis->answers) {
        read_snapshot(redis, connection, facts->names->snapshot);
        read_lock(redis, connection, facts->names->lock);
        redis_eviction_policy(connection, redis->policy);
    }
    redisFree(connection);
}

/* --- HTTP ------------------------------------------------------------------------------------- */

#define GREETING "event: ready\n"
static const struct fetch_request greet = {"GET", "/api/scoreboard/stream", GREETING};
static const struct fetch_request read_board = {"HEAD", "/api/leaderboard", NULL};
/* Whoever answers "method not allowed" is alive, and nothing was published. */
static const struct fetch_request misuse_events = {"GET", "/api/scoreboard/events", NULL};

static void ask(const struct endpoint *server, const struct fetch_request *request,
                struct call_facts *call)
{
    struct answer answer;

    if (fetch(server, request, DEADLINE_MS, &answer, &call->err) < 0)
        return;
    call->answers = true;
    call->status = answer.status;
    call->revision = answer.revision;
    call->ready = strstr(answer.body.data, GREETING) != NULL;
    buffer_release(&answer.body);
}

static void ask_public(struct facts *facts)
{
    struct endpoint server = {NULL, facts->config->url};

    if (facts->config->url[0] == '\0')
        return;
    ask(&server, &read_board, &facts->boards);
    ask(&server, &misuse_events, &facts->events_call);
    ask(&server, &greet, &facts->public_stream);
}

static void ask_stream(struct facts *facts)
{
    struct endpoint server = fetch_daemon(facts->config);

    ask(&server, &greet, &facts->stream);
}

/* A rebuild or a fetch in flight: stored in one place and not yet in the next. */
static bool unsettled(const struct facts *facts)
{
    return facts->daemon.answers && facts->postgres.answers && facts->redis.answers &&
           facts->daemon.snapshot.up && facts->daemon.rebuild.up &&
           (facts->postgres.revision != facts->redis.revision ||
            facts->redis.revision != facts->daemon.revision);
}

static void look(struct facts *facts)
{
    facts->daemon = (struct daemon_facts){0};
    facts->postgres = (struct postgres_facts){0};
    facts->redis = (struct redis_facts){0};
    ask_daemon(facts);
    ask_postgres(facts);
    ask_redis(facts);
}

/* The parts are not asked at one instant. So what differs is looked at again, until it is equal or
 * has differed for longer than a rebuild that goes well. */
void facts_gather(struct facts *facts, const struct config *config, const struct names *names)
{
    int64_t until = monotonic_ms() + DEADLINE_MS;

    *facts = (struct facts){.config = config, .names = names, .now = now_ms()};
    look(facts);
    while (unsettled(facts) && monotonic_ms() < until) {
        poll(NULL, 0, LOOK_EVERY_MS);
        look(facts);
    }
    if (facts->daemon.answers)
        ask_stream(facts);
    ask_public(facts);
}
