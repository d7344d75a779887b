/*
 * http: a request and its response, as both responders see them.
 *
 * A responder is a function from a request to a response. Where the request came from (FastCGI, or
 * plain CGI) is fcgi/responder.c's business: it fills in the request, hands over the three calls of
 * struct http_stream, and sends what came back. Nothing here knows libfcgi, so all of it can be
 * tested in memory.
 */
#ifndef FCGI_HTTP_H
#define FCGI_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/err.h"

/* The web server's end. */
struct http_stream {
    size_t (*read)(void *peer, char *bytes, size_t n); /* fewer than n: the body has ended */
    bool (*write)(void *peer, const char *bytes, size_t n);
    void *peer;
};

/* The strings live as long as the request; those that may be NULL are headers that are absent. */
struct request {
    const char *method;
    const char *query; /* "" without one */
    const char *accept_encoding;
    const char *available_dictionary;
    const char *if_none_match;
    const char *origin;
    const char *authorization;
    const char *content_type;
    const char *content_length;
    char path[256]; /* "" when it is longer, which no path of ours is */
    const struct http_stream *stream;
};

/* The path as the client wrote it, REQUEST_URI up to its query: behind server.error-handler this
 * still names what was asked for. Else, where a server has no REQUEST_URI, CGI's two halves. */
void request_set_path(struct request *request, const char *request_uri, const char *script_name,
                      const char *path_info);

/* Compares the end of the path, so that a host can have several scoreboards below prefixes. */
bool request_path_is(const struct request *request, const char *path);

bool request_is_get(const struct request *request); /* or HEAD */

/* Reads `n` bytes of the body; false when it ends before. */
bool request_read(const struct request *request, char *bytes, size_t n);

struct response {
    int status;
    struct buffer headers; /* lines */
    struct buffer body;
    int file;          /* -1: none; else it is sent in the body's stead, and closed */
    int64_t file_size; /* what Content-Length says of it */
    bool by_server;    /* the web server adds the body, and knows how long it is */
};

void response_init(struct response *response); /* 200, no headers, no body */
void response_release(struct response *response);

/* A value with control characters in it is not sent: no input can add a header of its own. */
void response_header(struct response *response, const char *name, const char *value);

/* {"error":"...","details":[{"field":"...","reason":"..."}]}; `field` NULL: without details. */
void response_error(struct response *response, int status, const char *error, const char *field,
                    const char *reason);

void response_not_allowed(struct response *response, const char *allow); /* 405 */

/* In the form of CGI (a Status header, no status line), which FastCGI has too. */
int response_send(const struct response *response, const struct request *request,
                  struct err *err) MUST_CHECK;

#endif
