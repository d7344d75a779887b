/*
 * server: the daemon's HTTP socket, up to the point where a connection becomes a stream client.
 *
 * A GET-only HTTP/1.1 server on one Unix socket: it accepts, reads the request's head under hard
 * limits, and then either hands the descriptor to the stream or writes one short answer (health,
 * metrics, status, an error) and closes. Runs on the loop thread alone.
 *
 * Who has a staff token follows the staff's stream. When the file of these tokens changes, all the staff's
 * streams end within seconds: whoever still has one comes back.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <event2/event.h>

#include "daemon/stream.h"
#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"

enum page { PAGE_HEALTH, PAGE_METRICS, PAGE_STATUS };

/* Writes the page's body for who asks, and returns its HTTP status (200 or 503). */
typedef int (*page_writer)(void *node, enum page page, enum audience audience, struct buffer *body);

struct server;

/* Listens on config->socket (mode 0660; an old socket file is replaced only when nobody listens on
 * it). `config`, `stream` and `node` must outlive it. NULL on failure; the error names the path. */
struct server *server_new(struct event_base *base, const struct config *config,
                          struct stream *stream, page_writer write_page, void *node,
                          struct err *err);
void server_free(struct server *s); /* before the stream's; removes the socket file; safe on NULL */

#endif
