/*
 * response: the HTTP/1.1 answers of the daemon, as bytes.
 *
 * Every answer ends its connection, so all say `Connection: close`; the short ones have a length
 * besides. Errors are JSON, as everywhere under /api/.
 */
#ifndef DAEMON_RESPONSE_H
#define DAEMON_RESPONSE_H

#include <stdbool.h>

#include "daemon/request.h"
#include "lib/buffer.h"
#include "lib/cors.h"

/* The lines that let the page that asks read the answer; none for whoever
 * asks by a token, or when `request` is not known (NULL). */
const char *response_cors(char out[CORS_HEADERS_MAX], const char *origins,
                          const struct request_head *request);

/* The head of the stream, blank line included; what follows is daemon/notice.h's. */
void response_append_stream_head(struct buffer *answer, const char *cors);

/* The head of a short answer with a body of `length` bytes, which HEAD leaves out. */
void response_append_page_head(struct buffer *answer, int status, const char *type, size_t length,
                               const char *cors);

/* A whole answer. `status` is one of 400, 401, 404, 405, 408, 431, 503, 505. */
void response_append_error(struct buffer *answer, int status, bool head_only);

#endif
