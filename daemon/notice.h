/*
 * notice: what a stream client is sent, as bytes that all clients share.
 *
 * A notice is written once, when it is made, and never changed: a broadcast to 8,500 clients is
 * 8,500 pointers to one block. Blocks are counted and go with their last reader. Only the loop
 * thread has them, so the count is a plain integer.
 *
 * The format is the WHATWG's text/event-stream.
 */
#ifndef DAEMON_NOTICE_H
#define DAEMON_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/request.h"
#include "lib/buffer.h"
#include "lib/event.h"

struct notice {
    int64_t revision; /* that it tells of; REVISION_NONE: no news (a greeting, a heartbeat) */
    uint32_t readers; /* how many hold it */
    uint32_t len;
    char bytes[];
};

/* A copy of the bytes, held by the caller. Never NULL: a daemon that cannot get the few hundred
 * bytes of a notice has nothing left to serve, and ends here rather than miss one. */
struct notice *notice_new(int64_t revision, const struct buffer *bytes);
struct notice *notice_hold(struct notice *n); /* one more reader; returns `n` */
void notice_drop(struct notice *n);           /* one less; safe on NULL */

/* `: `, the comment that keeps proxies from giving the connection up. */
struct notice *notice_heartbeat(void);

/* The last words to a client that is to come back at once. */
struct notice *notice_farewell(void);

/* The event `scoreboard` with its id. */
struct notice *notice_scoreboard(int64_t revision, const struct board_event *event);

/* What a client gets on connecting, after the HTTP head: `retry` and `ready`, and, when it has
 * missed something, the current notice. `ready` bears the current id only when nothing follows it: were it
 * on a `ready` that the notice follows, a connection dropped between the two would lose the notice.
 * `current` is NULL while the node has no snapshot. */
void notice_append_greeting(struct buffer *b, const struct request_head *request, int64_t retry_ms,
                            const struct notice *current);

/* What was announced and not told yet; a zeroed one is nothing. */
struct news {
    int64_t revision; /* REVISION_NONE: nothing */
    struct board_event event;
};

/* Coalesces: the newest revision, the events merged. */
void news_add(struct news *news, int64_t revision, const struct board_event *event);

#endif
