/*
 * listener: the daemon's Unix socket, and accepting on it without ever failing half way.
 *
 * When the process has no descriptor left, accept(2) fails while the connection stays in the
 * backlog, and a loop that listens would spin. So one descriptor is held in reserve: it is given up
 * to accept that connection, which is answered and closed at once, and then taken again.
 */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <event2/event.h>
#include <stdbool.h>

#include "lib/err.h"

/* A connection, which is the callee's and does not block. `last`: there is no other descriptor;
 * answer and close it before returning. */
typedef void (*listener_callback)(void *arg, int fd, bool last);

struct listener;

/* Listens on `path` (mode 0660), which must outlive it. A socket file is replaced only when nobody
 * listens on it. NULL on failure; the error names the path. */
struct listener *listener_new(struct event_base *base, const char *path, listener_callback callback,
                              void *arg, struct err *err);
void listener_free(struct listener *l); /* removes the socket file; safe on NULL */

#endif
