/*
 * http: the words that both of our HTTP servers say.
 *
 * There are two, since their peers, what they read and how an answer is framed have nothing in
 * common: the daemon speaks HTTP/1.1 to whoever connects, thousands at once and in pieces
 * (daemon/request.c, daemon/response.c); a responder gets one request at a time, parsed by the web
 * server, and answers in the form of CGI (fcgi/http.c). What a client sees of them must not differ,
 * and is here.
 */
#ifndef LIB_HTTP_H
#define LIB_HTTP_H

#include <stdint.h>

#include "lib/buffer.h"

#define HTTP_JSON      "application/json; charset=utf-8"
#define HTTP_NOT_STAFF "this token is none of the staff's" /* 401 */

/* RFC 9110's phrase for a status that we use. */
const char *http_phrase(int status);

/* {"error":"...","details":[{"field":"...","reason":"..."}]}; `field` NULL: without details. */
void http_append_error(struct buffer *body, const char *error, const char *field,
                       const char *reason);

/* The header lines of the stream, with those that keep proxies from holding anything back. */
extern const char http_stream_headers[];

/* When a client of the stream shall come back, in ms: 1 to 2 times `base`, each its own time, so that
 * they do not come in one herd. */
int64_t http_draw_retry(int64_t base);

/* The body of a stream for whom there is none. Its status is 200, since EventSource gives up for good
 * on any other; all it says is when to come back. */
void http_append_refusal(struct buffer *body, int64_t retry);

#endif
