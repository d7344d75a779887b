/*
 * scoreboard-publish.fcgi: the events call, for platforms that would rather call than write SQL.
 *
 *   POST /api/scoreboard/events    {"scope":"all","reason":"submission_correct"}
 *
 * The answer is 202 once the event's outbox row is committed; from then on the boards will follow,
 * whatever dies. The hint on Redis that comes after it only makes them follow sooner, so it has a
 * short deadline, and its failure is a line in the log.
 *
 * Whoever may call has a bearer token (lib/tokens.h). The checks go from the cheap and public to
 * the dear and private, and the body is read last: an unknown caller costs a comparison.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fcgi/responder.h"
#include "lib/event.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/outbox.h"
#include "lib/redis.h"
#include "lib/timestamp.h"
#include "lib/tokens.h"

#define PROGRAM "scoreboard-publish.fcgi"

/* After Redis has failed there is no further try for so many times its deadline: a Redis that hangs
 * costs a sixth of a responder's time at most, instead of slowing every call. */
#define REDIS_REST 5

struct publisher {
    const struct config *config;
    struct names names;
    struct token_file tokens;
    char *body;          /* of body_max bytes */
    PGconn *db;          /* NULL: to be opened */
    redisContext *redis; /* NULL: to be opened, not before redis_rest_until */
    int64_t redis_rest_until;
};

/* --- Who may call ----------------------------------------------------------------------------- */

static bool is_authorized(struct publisher *publisher, const struct request *request)
{
    const char *token = tokens_bearer(request->authorization);

    return token && token_file_admits(&publisher->tokens, token);
}

/* --- What is sent ----------------------------------------------------------------------------- */

/* application/json, with or without parameters. */
static bool is_json(const char *content_type)
{
    static const char type[] = "application/json";
    size_t len = sizeof type - 1;

    if (!content_type || strncasecmp(content_type, type, len) != 0)
        return false;
    content_type += len + strspn(content_type + len, " \t");
    return *content_type == '\0' || *content_type == ';';
}

/* -1: no number. What is far too long for anybody stops growing. */
static int64_t parse_length(const char *text)
{
    int64_t length = 0;

    if (!text || *text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return -1;
    for (; *text && length < INT32_MAX; text++)
        length = length * 10 + (*text - '0');
    return length;
}

static void refuse_input(struct response *response, const char *field, const char *reason)
{
    response_error(response, 400, "invalid input", field, reason);
}

/* Reads the event in the body, or answers what is wrong with it. */
static bool read_event(struct publisher *publisher, const struct request *request,
                       struct board_event *event, struct response *response)
{
    int64_t length = parse_length(request->content_length);
    struct event_fault fault;

    if (length < 0)
        response_error(response, 411, "length required", NULL, NULL);
    else if (length > publisher->config->body_max)
        response_error(response, 413, "body too large", NULL, NULL);
    else if (!request_read(request, publisher->body, (size_t)length))
        refuse_input(response, "body", "shorter than its Content-Length");
    else if (!event_parse(publisher->body, (size_t)length, timestamp_now(), event, &fault))
        refuse_input(response, fault.field, fault.reason);
    else
        return true;
    return false;
}

/* --- The row ---------------------------------------------------------------------------------- */

static int insert(struct publisher *publisher, const char *reason, struct board_event *event,
                  struct err *err)
{
    const struct config *config = publisher->config;

    if (!publisher->db)
        publisher->db = outbox_open(config, &publisher->names, PROGRAM, err);
    if (publisher->db &&
        outbox_insert(publisher->db, config->poll_deadline, reason, event, err) == 0)
        return 0;
    PQfinish(publisher->db);
    publisher->db = NULL;
    return -1;
}

/* A connection that is left from an earlier call may have died since, with a PostgreSQL that was
 * restarted; then a new one gets a try. Should the first row be there after all, its commit's
 * answer lost, there are two: a rebuild deletes both. */
static int commit(struct publisher *publisher, const char *reason, struct board_event *event,
                  struct err *err)
{
    bool used_before = publisher->db != NULL;

    if (insert(publisher, reason, event, err) == 0)
        return 0;
    return used_before ? insert(publisher, reason, event, err) : -1;
}

/* --- The hint --------------------------------------------------------------------------------- */

static int publish(struct publisher *publisher, const struct board_event *event, struct err *err)
{
    const struct config *config = publisher->config;

    if (!publisher->redis)
        publisher->redis = redis_open(&config->redis, config->publish_redis_deadline, err);
    if (!publisher->redis)
        return -1;
    return outbox_hint(publisher->redis, &publisher->names, event, err);
}

static void hint(struct publisher *publisher, const struct board_event *event)
{
    struct err err;

    if (monotonic_ms() < publisher->redis_rest_until || publish(publisher, event, &err) == 0)
        return;
    log_warn("Redis: %s; the event is safe, and found by the next poll", err.text);
    redisFree(publisher->redis);
    publisher->redis = NULL;
    publisher->redis_rest_until =
        monotonic_ms() + REDIS_REST * publisher->config->publish_redis_deadline;
}

/* --- The call --------------------------------------------------------------------------------- */

/* What can be told from the head alone; answers when something is wrong with it. */
static bool admit(struct publisher *publisher, const struct request *request,
                  struct response *response)
{
    if (!request_path_is(request, "/api/scoreboard/events")) {
        response_error(response, 404, "not found", NULL, NULL);
    } else if (strcmp(request->method, "POST") != 0) {
        response_not_allowed(response, "POST");
    } else if (!is_authorized(publisher, request)) {
        response_header(response, "WWW-Authenticate", "Bearer");
        response_error(response, 401, "a bearer token is needed", NULL, NULL);
    } else if (!is_json(request->content_type)) {
        response_error(response, 415, "Content-Type must be application/json", NULL, NULL);
    } else {
        return true;
    }
    return false;
}

static void accept_event(struct publisher *publisher, const char *reason, struct response *response)
{
    struct board_event event;
    char text[EVENT_TEXT_MAX];
    struct err err;

    if (commit(publisher, reason, &event, &err)) {
        log_error("an event was not taken: PostgreSQL: %s", err.text);
        response_header(response, "Retry-After", "1");
        response_error(response, 503, "the database is away", NULL, NULL);
        return;
    }
    hint(publisher, &event);
    event_format(&event, text);
    response->status = 202;
    response_header(response, "Content-Type", HTTP_JSON);
    response_header(response, "Cache-Control", "no-store");
    buffer_printf(&response->body, "%s\n", text);
}

static void answer(void *context, const struct request *request, struct response *response)
{
    struct publisher *publisher = context;
    struct board_event event;

    if (admit(publisher, request, response) && read_event(publisher, request, &event, response))
        accept_event(publisher, event.reason, response);
}

/* --- The program ------------------------------------------------------------------------------ */

static int publisher_init(struct publisher *publisher, const struct config *config)
{
    *publisher = (struct publisher){.config = config};
    names_init(&publisher->names, config->instance);
    token_file_init(&publisher->tokens, config->token_file,
                    "nobody can publish (scoreboardctl token makes a token)");
    publisher->body = malloc((size_t)config->body_max);
    return publisher->body ? 0 : -1;
}

static void publisher_release(struct publisher *publisher)
{
    redisFree(publisher->redis);
    PQfinish(publisher->db);
    token_file_release(&publisher->tokens);
    free(publisher->body);
}

int main(int argc, char **argv)
{
    struct publisher publisher;
    struct config config;
    int status = EXIT_FAILURE;

    responder_start(argc, argv, PROGRAM, &config);
    if (publisher_init(&publisher, &config) == 0)
        status = responder_serve(answer, &publisher);
    publisher_release(&publisher);
    config_release(&config);
    return status;
}
