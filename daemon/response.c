#include "daemon/response.h"

#include <assert.h>
#include <stddef.h>

#include "lib/http.h"

static const char *error_of(int status)
{
    static const struct {
        int status;
        const char *error;
    } errors[] = {
        {400, "malformed request"},
        {401, HTTP_NOT_STAFF},
        {404, "not found"},
        {405, "method not allowed"},
        {408, "request took too long"},
        {431, "request head too large"},
        {503, "service unavailable"},
        {505, "HTTP version not supported"},
    };

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].status == status)
            return errors[i].error;
    assert(!"a status without an error");
    return "";
}

static void append_status(struct buffer *answer, int status)
{
    buffer_printf(answer, "HTTP/1.1 %d %s\r\n", status, http_phrase(status));
}

/* What all answers end with. */
static void append_end(struct buffer *answer)
{
    buffer_append_text(answer, "X-Content-Type-Options: nosniff\r\n"
                               "Connection: close\r\n"
                               "\r\n");
}

const char *response_cors(char out[CORS_HEADERS_MAX], const char *origins,
                          const struct request_head *request)
{
    out[0] = '\0';
    if (!request || request->authorization)
        return out;
    return cors_headers(out, origins, request->origin, request->origin_len);
}

void response_append_stream_head(struct buffer *answer, const char *cors)
{
    append_status(answer, 200);
    buffer_append_text(answer, cors);
    buffer_append_text(answer, http_stream_headers);
    append_end(answer);
}

void response_append_page_head(struct buffer *answer, int status, const char *type, size_t length,
                               const char *cors)
{
    append_status(answer, status);
    buffer_append_text(answer, cors);
    buffer_printf(answer, "Content-Type: %s\r\n", type);
    buffer_printf(answer, "Content-Length: %zu\r\n", length);
    buffer_append_text(answer, "Cache-Control: no-store\r\n");
    if (status == 401)
        buffer_append_text(answer, "WWW-Authenticate: Bearer\r\n");
    if (status == 405)
        buffer_append_text(answer, "Allow: GET, HEAD\r\n");
    append_end(answer);
}

void response_append_error(struct buffer *answer, int status, bool head_only)
{
    struct buffer body = {0};

    http_append_error(&body, error_of(status), NULL, NULL);
    response_append_page_head(answer, status, HTTP_JSON, body.len, "");
    if (!head_only)
        buffer_append(answer, body.data, body.len);
    buffer_release(&body);
}
