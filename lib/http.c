#include "lib/http.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "lib/json.h"

const char *http_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {202, "Accepted"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {431, "Request Header Fields Too Large"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    assert(!"a status without a phrase");
    return "";
}

void http_append_error(struct buffer *body, const char *error, const char *field,
                       const char *reason)
{
    buffer_append_text(body, "{\"error\":");
    json_append_text(body, error);
    if (field) {
        buffer_append_text(body, ",\"details\":[{\"field\":");
        json_append_text(body, field);
        buffer_append_text(body, ",\"reason\":");
        json_append_text(body, reason);
        buffer_append_text(body, "}]");
    }
    buffer_append_text(body, "}\n");
}

const char http_stream_headers[] = "Content-Type: text/event-stream\r\n"
                                   "Cache-Control: no-cache, no-transform\r\n"
                                   "X-Accel-Buffering: no\r\n";

int64_t http_draw_retry(int64_t base)
{
    return base + arc4random_uniform((uint32_t)base + 1);
}

void http_append_refusal(struct buffer *body, int64_t retry)
{
    buffer_printf(body, "retry: %" PRId64 "\n\n", retry);
}
