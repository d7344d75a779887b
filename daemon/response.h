/*
 * response: the HTTP/1.1 answers of the daemon, as bytes.
 *
 * Every answer ends its connection, so all say `Connection: close`; the short ones have a length
 * besides. Errors are JSON, as everywhere under /api/.
 */
#ifndef DAEMON_RESPONSE_H
#define DAEMON_RESPONSE_H

#include <stdbool.h>

#include "lib/buffer.h"

/* The head of the stream, blank line included. What follows is daemon/notice.h's. */
void response_append_stream_head(struct buffer *answer);

/* A whole short answer; `head_only` (HEAD) leaves the body out and keeps its length. */
void response_append_page(struct buffer *answer, int status, const char *type,
                          const struct buffer *body, bool head_only);

/* `status` is one of 400, 401, 404, 405, 408, 431, 503, 505. */
void response_append_error(struct buffer *answer, int status, bool head_only);

#endif
