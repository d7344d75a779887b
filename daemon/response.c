#include "daemon/response.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define JSON "application/json; charset=utf-8"

struct status {
    int code;
    const char *phrase; /* RFC 9110's */
    const char *error;  /* ours, for the body */
};

static const struct status statuses[] = {
    {200, "OK", ""},
    {400, "Bad Request", "malformed request"},
    {404, "Not Found", "not found"},
    {405, "Method Not Allowed", "method not allowed"},
    {408, "Request Timeout", "request took too long"},
    {431, "Request Header Fields Too Large", "request head too large"},
    {503, "Service Unavailable", "service unavailable"},
    {505, "HTTP Version Not Supported", "HTTP version not supported"},
};

static const struct status *status_find(int code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].code == code)
            return &statuses[i];
    assert(!"a status without a phrase");
    return NULL;
}

void response_append_stream_head(struct buffer *answer)
{
    buffer_append_text(answer, "HTTP/1.1 200 OK\r\n"
                               "Content-Type: text/event-stream\r\n"
                               "Cache-Control: no-cache, no-transform\r\n"
                               "X-Accel-Buffering: no\r\n"
                               "X-Content-Type-Options: nosniff\r\n"
                               "Connection: close\r\n"
                               "\r\n");
}

void response_append_page(struct buffer *answer, int status, const char *type,
                          const struct buffer *body, bool head_only)
{
    buffer_printf(answer, "HTTP/1.1 %d %s\r\n", status, status_find(status)->phrase);
    buffer_printf(answer, "Content-Type: %s\r\n", type);
    buffer_printf(answer, "Content-Length: %zu\r\n", body->len);
    buffer_append_text(answer, "Cache-Control: no-store\r\n"
                               "X-Content-Type-Options: nosniff\r\n"
                               "Connection: close\r\n");
    if (status == 405)
        buffer_append_text(answer, "Allow: GET, HEAD\r\n");
    buffer_append_text(answer, "\r\n");
    if (!head_only)
        buffer_append(answer, body->data, body->len);
}

void response_append_error(struct buffer *answer, int status, bool head_only)
{
    struct buffer body = {0};

    buffer_printf(&body, "{\"error\":\"%s\"}", status_find(status)->error);
    response_append_page(answer, status, JSON, &body, head_only);
    buffer_release(&body);
}
