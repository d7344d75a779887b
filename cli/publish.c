/*
 * publish and rebuild: push the scoreboard by hand, as the events call does.
 *
 * Both put an event in (lib/outbox.h). `publish` is done then: some node will rebuild. `rebuild`
 * stays until boards that are newer than those before it are live on this node.
 */
#include "cli/command.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "cli/fetch.h"
#include "lib/log.h"
#include "lib/outbox.h"
#include "lib/redis.h"
#include "lib/timestamp.h"

#define STATUS_DEADLINE_MS 1000
#define LOOK_EVERY_MS      50

enum { PUBLISH_REASON };
enum { REBUILD_DEADLINE };

static int run_publish(const struct call *call, struct err *err);
static int run_rebuild(const struct call *call, struct err *err);

const struct command publish_command = {
    .name = "publish",
    .help = "say that the scoreboard may have changed",
    .options = {[PUBLISH_REASON] = {"reason", "REASON", "manual", "why: [a-z0-9_]{1,64}"}},
    .run = run_publish,
};

const struct command rebuild_command = {
    .name = "rebuild",
    .help = "rebuild the boards now, and wait until they are live on this node",
    .options = {[REBUILD_DEADLINE] = {"deadline", "SECONDS", "30", "give up after this"}},
    .run = run_rebuild,
};

/* The hint may fail: the row is there, and the nodes' polls find it. */
static void hint(const struct call *call, const struct board_event *event)
{
    struct err err;
    redisContext *redis =
        redis_open(&call->config->redis, call->config->publish_redis_deadline, &err);

    if (!redis || outbox_hint(redis, call->names, event, &err) < 0)
        log_warn("no hint on Redis, the nodes find it at their next poll: %s", err.text);
    redisFree(redis);
}

static int put_in(const struct call *call, const char *reason, struct board_event *event,
                  struct err *err)
{
    const struct config *config = call->config;
    PGconn *db = outbox_open(config, call->names, "scoreboardctl", err);
    int result = db ? outbox_insert(db, config->poll_deadline, reason, event, err) : -1;

    PQfinish(db);
    if (result < 0)
        return err_prefix(err, "PostgreSQL, by conninfo in [publish]");
    hint(call, event);
    return 0;
}

static int run_publish(const struct call *call, struct err *err)
{
    const char *reason = call->values[PUBLISH_REASON];
    struct board_event event;
    char text[EVENT_TEXT_MAX];

    if (!event_reason_valid(reason, strlen(reason)))
        return err_set(err, "--reason \"%s\" is not [a-z0-9_]{1,%d}", reason, EVENT_REASON_MAX);
    if (put_in(call, reason, &event, err) < 0)
        return -1;
    event_format(&event, text);
    puts(text);
    return 0;
}

/* The newest, which in a freeze the public is not shown. */
static int live_revision(const struct endpoint *daemon, int64_t *revision, struct err *err)
{
    const struct fetch_request status = {"GET", "/status", NULL};
    struct answer answer;
    cJSON *json, *field;
    int result = 0;

    if (fetch(daemon, &status, STATUS_DEADLINE_MS, &answer, err) < 0)
        return -1;
    json = cJSON_Parse(answer.body.data);
    field = cJSON_GetObjectItemCaseSensitive(json, "revision");
    if (cJSON_IsNumber(field))
        *revision = (int64_t)field->valuedouble;
    else
        result = err_set(err, "%s answered %ld without a revision", status.path, answer.status);
    cJSON_Delete(json);
    buffer_release(&answer.body);
    return result;
}

/* A daemon that is away for a moment is no reason to give up: only the deadline is. */
static int wait_above(const struct endpoint *daemon, int64_t before, int64_t deadline_ms,
                      int64_t *revision, struct err *err)
{
    int64_t until = monotonic_ms() + deadline_ms;

    do {
        if (live_revision(daemon, revision, err) == 0) {
            if (*revision > before)
                return 0;
            err_set(err, "this node still serves revision %lld; see `scoreboardctl status`",
                    (long long)*revision);
        }
        poll(NULL, 0, LOOK_EVERY_MS);
    } while (monotonic_ms() < until);
    return -1;
}

static int run_rebuild(const struct call *call, struct err *err)
{
    struct endpoint daemon = fetch_daemon(call->config);
    struct board_event event;
    int64_t seconds, before, after, start;

    if (call_number(call, REBUILD_DEADLINE, 1, 3600, &seconds, err) < 0 ||
        live_revision(&daemon, &before, err) < 0)
        return -1;
    start = monotonic_ms();
    if (put_in(call, "rebuild", &event, err) < 0 ||
        wait_above(&daemon, before, seconds * 1000, &after, err) < 0)
        return -1;
    printf("revision %lld is live on this node after %.1f s\n", (long long)after,
           (double)(monotonic_ms() - start) / 1000);
    return 0;
}
