#include "cli/fetch.h"

#include <string.h>

#include "lib/revision.h"

/* What the body's callback needs. */
struct body_sink {
    struct buffer *body;
    const char *until;
    bool found;
};

/* The host is for the request's head alone. */
struct endpoint fetch_daemon(const struct config *config)
{
    return (struct endpoint){config->socket, "http://scoreboardd"};
}

static void terminate(struct buffer *body)
{
    char *end = buffer_reserve(body, 1);

    if (end)
        *end = '\0';
}

/* Ends the transfer by taking less than it was given: when the body is too long, or is enough. */
static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct body_sink *sink = arg;
    size_t n = size * count;

    buffer_append(sink->body, bytes, n);
    terminate(sink->body);
    if (buffer_failed(sink->body))
        return 0;
    sink->found = sink->until && strstr(sink->body->data, sink->until);
    return sink->found ? 0 : n;
}

static CURL *set_server(CURL *curl, const struct endpoint *server, const char *path)
{
    size_t base = strlen(server->url);
    struct buffer url = {0};
    CURLcode code;

    while (base && server->url[base - 1] == '/')
        base--;
    buffer_append(&url, server->url, base);
    buffer_append_text(&url, path);
    terminate(&url);
    code =
        buffer_failed(&url) ? CURLE_OUT_OF_MEMORY : curl_easy_setopt(curl, CURLOPT_URL, url.data);
    buffer_release(&url);
    if (code == CURLE_OK && server->socket)
        code = curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, server->socket);
    return code == CURLE_OK ? curl : NULL;
}

CURL *fetch_handle(const struct endpoint *server, const char *path, struct err *err)
{
    CURL *curl = curl_easy_init();

    if (!curl || !set_server(curl, server, path)) {
        curl_easy_cleanup(curl);
        err_set(err, "cannot prepare a request to %s: out of memory", server->url);
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "scoreboardctl/" PACKAGE_VERSION);
    return curl;
}

static void set_request(CURL *curl, const struct fetch_request *request, int64_t deadline_ms,
                        struct body_sink *sink)
{
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)deadline_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
}

static void read_head(CURL *curl, struct answer *answer)
{
    struct curl_header *header;

    answer->revision = REVISION_NONE;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (curl_easy_header(curl, "X-Scoreboard-Revision", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        (void)revision_parse(header->value, strlen(header->value), &answer->revision);
}

static int set_failure(struct err *err, const struct endpoint *server, const char *why)
{
    return err_set(err, "no answer from %s: %s", server->socket ? server->socket : server->url,
                   why);
}

int fetch(const struct endpoint *server, const struct fetch_request *request, int64_t deadline_ms,
          struct answer *answer, struct err *err)
{
    char why[CURL_ERROR_SIZE] = "";
    struct answer a = {.body = {.max = FETCH_BODY_MAX}};
    struct body_sink sink = {&a.body, request->until, false};
    CURL *curl = fetch_handle(server, request->path, err);
    CURLcode code;

    if (!curl)
        return -1;
    terminate(&a.body);
    set_request(curl, request, deadline_ms, &sink);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
    code = curl_easy_perform(curl);
    read_head(curl, &a);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK && !sink.found) {
        buffer_release(&a.body);
        return set_failure(err, server, why[0] ? why : curl_easy_strerror(code));
    }
    *answer = a;
    return 0;
}

int fetch_page(const struct endpoint *server, const char *path, int64_t deadline_ms,
               struct buffer *body, struct err *err)
{
    struct answer answer;

    if (fetch(server, &(struct fetch_request){"GET", path, NULL}, deadline_ms, &answer, err))
        return -1;
    if (answer.status != 200) {
        err_set(err, "%s answered %ld: %.200s", path, answer.status, answer.body.data);
        buffer_release(&answer.body);
        return -1;
    }
    *body = answer.body;
    return 0;
}
