#include "fcgi/http.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/http.h"

#define HEADERS_MAX 8192
#define BODY_MAX    4096 /* errors and events: boards are files */

/* --- The request ------------------------------------------------------------------------------ */

void request_set_path(struct request *request, const char *request_uri, const char *script_name,
                      const char *path_info)
{
    size_t size = sizeof request->path;
    int len;

    if (request_uri)
        len = snprintf(request->path, size, "%.*s", (int)strcspn(request_uri, "?"), request_uri);
    else
        len = snprintf(request->path, size, "%s%s", script_name, path_info);
    if (len < 0 || (size_t)len >= size)
        request->path[0] = '\0';
}

bool request_path_is(const struct request *request, const char *path)
{
    size_t whole = strlen(request->path), end = strlen(path);

    return whole >= end && strcmp(request->path + whole - end, path) == 0;
}

bool request_is_get(const struct request *request)
{
    return strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
}

bool request_read(const struct request *request, char *bytes, size_t n)
{
    return request->stream->read(request->stream->peer, bytes, n) == n;
}

/* --- The response ----------------------------------------------------------------------------- */

void response_init(struct response *response)
{
    *response = (struct response){
        .status = 200, .headers = {.max = HEADERS_MAX}, .body = {.max = BODY_MAX}, .file = -1};
}

void response_release(struct response *response)
{
    buffer_release(&response->headers);
    buffer_release(&response->body);
    if (response->file >= 0)
        close(response->file);
    response->file = -1;
}

void response_header(struct response *response, const char *name, const char *value)
{
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return;
    buffer_printf(&response->headers, "%s: %s\r\n", name, value);
}

void response_error(struct response *response, int status, const char *error, const char *field,
                    const char *reason)
{
    response->status = status;
    response_header(response, "Content-Type", HTTP_JSON);
    response_header(response, "Cache-Control", "no-store");
    http_append_error(&response->body, error, field, reason);
}

void response_not_allowed(struct response *response, const char *allow)
{
    response_header(response, "Allow", allow);
    response_error(response, 405, "method not allowed", NULL, NULL);
}

static void append_head(struct buffer *head, const struct response *response)
{
    int64_t length = response->file >= 0 ? response->file_size : (int64_t)response->body.len;

    buffer_printf(head, "Status: %d %s\r\n", response->status, http_phrase(response->status));
    buffer_append(head, response->headers.data, response->headers.len);
    buffer_append_text(head, "X-Content-Type-Options: nosniff\r\n");
    if (!response->by_server && response->status != 304)
        buffer_printf(head, "Content-Length: %" PRId64 "\r\n", length);
    buffer_append_text(head, "\r\n");
}

static int put(const struct http_stream *stream, const char *bytes, size_t n, struct err *err)
{
    if (n > 0 && !stream->write(stream->peer, bytes, n))
        return err_set(err, "the web server has gone away");
    return 0;
}

static int put_file(const struct http_stream *stream, int fd, int64_t size, struct err *err)
{
    char block[16384];
    ssize_t n;

    for (; size > 0; size -= n) {
        n = read(fd, block, sizeof block);
        if (n <= 0)
            return err_set(err, "reading a board: %s", n < 0 ? strerror(errno) : "it is too short");
        if (put(stream, block, (size_t)n, err))
            return -1;
    }
    return 0;
}

/* Whether what the response holds is what follows the headers. */
static bool has_body(const struct response *response, const struct request *request)
{
    return strcmp(request->method, "HEAD") != 0 && response->status != 304 && !response->by_server;
}

static int put_body(const struct response *response, const struct http_stream *stream,
                    struct err *err)
{
    if (response->file >= 0)
        return put_file(stream, response->file, response->file_size, err);
    return put(stream, response->body.data, response->body.len, err);
}

int response_send(const struct response *response, const struct request *request, struct err *err)
{
    struct buffer head = {.max = 2 * HEADERS_MAX};
    int status;

    append_head(&head, response);
    if (buffer_failed(&head) || buffer_failed(&response->headers) || buffer_failed(&response->body))
        status = err_set(err, "no memory for the answer");
    else
        status = put(request->stream, head.data, head.len, err);
    if (status == 0 && has_body(response, request))
        status = put_body(response, request->stream, err);
    buffer_release(&head);
    return status;
}
