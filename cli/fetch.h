/*
 * fetch: one HTTP request with a deadline, to the daemon's Unix socket or over the network.
 *
 * Proxies of the environment are ignored: what is asked is this host.
 */
#ifndef CLI_FETCH_H
#define CLI_FETCH_H

#include <curl/curl.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"

struct endpoint {
    const char *socket; /* a Unix socket's path; NULL: over the network */
    const char *url;    /* scheme, host, port; may end in a slash, which does not count */
};

struct fetch_request {
    const char *method;
    const char *path;
    const char *until; /* a body that never ends: enough when it holds this; NULL: read it all */
};

struct answer {
    long status;
    int64_t revision;   /* X-Scoreboard-Revision; REVISION_NONE: the answer has none */
    struct buffer body; /* at most FETCH_BODY_MAX bytes, and a NUL that its length leaves out */
};

#define FETCH_BODY_MAX (1 << 20)

/* The daemon's own socket. */
struct endpoint fetch_daemon(const struct config *config);

/* 0: an answer came, whatever its status; the caller releases answer->body. -1: none did. */
int fetch(const struct endpoint *server, const struct fetch_request *request, int64_t deadline_ms,
          struct answer *answer, struct err *err) MUST_CHECK;

/* GET. An answer that is not 200 is an error too, and says what the answer said. */
int fetch_page(const struct endpoint *server, const char *path, int64_t deadline_ms,
               struct buffer *body, struct err *err) MUST_CHECK;

/* A handle with the server and the path set, for who wants to read by itself. */
CURL *fetch_handle(const struct endpoint *server, const char *path, struct err *err);

#endif
