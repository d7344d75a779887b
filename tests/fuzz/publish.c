/*
 * The events call. Input: lines with the method, the path, Authorization, Content-Type and
 * Content-Length, where an empty one is no header; then the body.
 */
#include "lib/outbox.h"
#include "lib/redis.h"
#include "tests/fuzz/responder.h"

#define TOKEN "a-token-of-this-test"

const char responder_settings[] = "[publish]\ntoken_file = tokens\nbody_max = 1K\n";

static int rows, hints;
static char written[EVENT_REASON_MAX + 1];

/* --- In lib/outbox.c's stead ------------------------------------------------------------------ */

PGconn *outbox_open(const struct config *config, const struct names *names, const char *program,
                    struct err *err)
{
    (void)config;
    (void)names;
    (void)program;
    (void)err;
    return PQconnectStart("host=/nowhere"); /* never used, but finished */
}

int outbox_insert(PGconn *db, int64_t deadline_ms, const char *reason, struct board_event *event,
                  struct err *err)
{
    (void)db;
    (void)deadline_ms;
    (void)err;
    rows++;
    CHECK(event_reason_valid(reason, strlen(reason)));
    *event = (struct board_event){.ts = 1772215200000000, .outbox = true};
    strcpy(event->reason, reason);
    strcpy(written, reason);
    return 0;
}

int outbox_hint(redisContext *redis, const struct names *names, const struct board_event *event,
                struct err *err)
{
    (void)redis;
    (void)names;
    (void)err;
    CHECK(event->outbox && strcmp(event->reason, written) == 0);
    hints++;
    return 0;
}

redisContext *redis_open(const struct config_redis *config, int64_t deadline_ms, struct err *err)
{
    (void)config;
    (void)deadline_ms;
    (void)err;
    return calloc(1, sizeof(redisContext));
}

/* --- The call --------------------------------------------------------------------------------- */

/* Only who has the token, says JSON and sends an event gets a row, and gets it told. */
static void check_taken(const struct exchange *x)
{
    struct event_fault fault;
    struct board_event event;
    const char *body = x->answer.data + x->head_len;

    CHECK(rows == 1 && hints == 1);
    CHECK(strcmp(x->request.method, "POST") == 0 && x->request.authorization);
    CHECK(strcmp(x->request.authorization + strlen(x->request.authorization) - strlen(TOKEN),
                 TOKEN) == 0);
    CHECK(strncasecmp(x->request.content_type, "application/json", 16) == 0);
    CHECK(event_parse(body, strlen(body), 0, &event, &fault));
    CHECK(strcmp(event.reason, written) == 0 && !event.outbox);
}

static void check_call(struct exchange *x)
{
    rows = hints = 0;
    exchange_run(x);
    switch (x->status) {
    case 202:
        check_taken(x);
        return;
    case 401:
        CHECK(exchange_header(x, "WWW-Authenticate"));
        break;
    case 405:
        CHECK(exchange_header(x, "Allow"));
        break;
    default:
        CHECK(x->status == 400 || x->status == 404 || x->status == 411 || x->status == 413 ||
              x->status == 415);
    }
    CHECK(rows == 0 && hints == 0);
}

static const char *or_null(const char *line)
{
    return *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    struct input in = input_of(data, size);
    char *lines[5];
    struct exchange x = {.status = 0};

    if (!made)
        fuzz_write("tokens", TOKEN "\n", strlen(TOKEN) + 1);
    made = true;
    for (int i = 0; i < 5; i++)
        lines[i] = input_line(&in);
    x.request = (struct request){.method = lines[0],
                                 .query = "",
                                 .authorization = or_null(lines[2]),
                                 .content_type = or_null(lines[3]),
                                 .content_length = or_null(lines[4])};
    request_set_path(&x.request, lines[1], "", "");
    x.body_len = input_left(&in);
    x.body = input_rest(&in);
    check_call(&x);
    free((void *)(uintptr_t)x.body);
    for (int i = 0; i < 5; i++)
        free(lines[i]);
    exchange_release(&x);
    return 0;
}
