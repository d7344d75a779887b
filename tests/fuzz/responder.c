#include "tests/fuzz/responder.h"

#include <cjson/cJSON.h>
#include <limits.h>

#include "lib/json.h"
#include "lib/log.h"

static struct exchange *now;
static size_t body_at;

/* --- In fcgi/responder.c's stead -------------------------------------------------------------- */

void responder_start(int argc, char **argv, const char *program, struct config *config)
{
    static bool written;
    char path[PATH_MAX];
    struct err err;

    (void)argc;
    (void)argv;
    if (!written)
        fuzz_write("scoreboardd.conf", responder_settings, strlen(responder_settings));
    written = true;
    snprintf(path, sizeof path, "%s/scoreboardd.conf", fuzz_directory());
    CHECK(config_load(config, path, &err) == 0);
    log_open(program, LOG_LEVEL_ERROR);
}

static size_t read_body(void *peer, char *bytes, size_t n)
{
    size_t left = now->body_len - body_at;

    (void)peer;
    n = n < left ? n : left;
    if (n > 0)
        memcpy(bytes, now->body + body_at, n);
    body_at += n;
    return n;
}

static bool write_answer(void *peer, const char *bytes, size_t n)
{
    (void)peer;
    buffer_append(&now->answer, bytes, n);
    return true;
}

int responder_serve(responder_function *answer, void *context)
{
    static const struct http_stream stream = {read_body, write_answer, NULL};
    struct response response;
    struct err err;

    body_at = 0;
    now->request.stream = &stream;
    response_init(&response);
    answer(context, &now->request, &response);
    CHECK(response_send(&response, &now->request, &err) == 0);
    now->status = response.status;
    response_release(&response);
    return EXIT_SUCCESS;
}

/* --- What every answer is --------------------------------------------------------------------- */

static const char *value_of(const char *line, const char *name)
{
    size_t len = strlen(name);

    return strncmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0 ? line + len + 2
                                                                              : NULL;
}

const char *exchange_header(const struct exchange *x, const char *name)
{
    static char values[4][512];
    static int turn;
    const char *end = x->answer.data + x->head_len, *at = x->answer.data;

    for (const char *line_end; at < end - 2; at = line_end + 2) {
        const char *value = value_of(at, name);

        line_end = strstr(at, "\r\n");
        if (!value)
            continue;
        turn = (turn + 1) % 4;
        snprintf(values[turn], sizeof values[turn], "%.*s", (int)(line_end - value), value);
        return values[turn];
    }
    return NULL;
}

/* Lines of visible characters, each with a name; none comes twice. */
static void check_head(const struct exchange *x)
{
    const char *at = x->answer.data, *end = at + x->head_len - 2;

    CHECK(value_of(at, "Status"));
    while (at < end) {
        const char *line_end = strstr(at, "\r\n"), *colon = strchr(at, ':');
        char name[64];

        CHECK(colon && colon < line_end && colon > at && colon - at < (int)sizeof name);
        for (const char *c = at; c < line_end; c++)
            CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
        snprintf(name, sizeof name, "%.*s", (int)(colon - at), at);
        for (const char *other = line_end + 2; other < end; other = strstr(other, "\r\n") + 2)
            CHECK(!value_of(other, name));
        at = line_end + 2;
    }
    CHECK(strcmp(exchange_header(x, "X-Content-Type-Options"), "nosniff") == 0);
}

static void check_error(const char *body, size_t len)
{
    cJSON *json = json_parse(body, len);

    CHECK(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(json, "error")));
    cJSON_Delete(json);
}

static void check_answer(const struct exchange *x)
{
    const char *length = exchange_header(x, "Content-Length");
    size_t body = x->answer.len - 1 - x->head_len;
    bool head = strcmp(x->request.method, "HEAD") == 0;

    check_head(x);
    if (x->status == 304 || !length)
        CHECK(body == 0);
    else
        CHECK(body == (head ? 0 : (size_t)atoll(length)));
    if (x->status >= 400) {
        CHECK(strcmp(exchange_header(x, "Cache-Control"), "no-store") == 0);
        CHECK(!exchange_header(x, "ETag"));
        if (!head)
            check_error(x->answer.data + x->head_len, body);
    }
}

void exchange_run(struct exchange *x)
{
    const char *end;

    now = x;
    buffer_clear(&x->answer);
    CHECK(responder_main(0, NULL) == EXIT_SUCCESS);
    buffer_append_char(&x->answer, '\0');
    CHECK(!buffer_failed(&x->answer));
    end = strstr(x->answer.data, "\r\n\r\n");
    CHECK(end);
    x->head_len = (size_t)(end - x->answer.data) + 4;
    check_answer(x);
}

void exchange_release(struct exchange *x)
{
    buffer_release(&x->answer);
}
