/*
 * stream: step 7, and the daemon's HTTP socket.
 *
 * A GET-only HTTP/1.1 server on one listening socket. /api/scoreboard/stream is the reason it
 * exists: each client is a descriptor, a pointer into the current notice and at most one pending
 * notice, the newest. Everything else (health, metrics, status) is one short answer that the node
 * writes. Runs on the loop thread alone.
 */
#ifndef DAEMON_STREAM_H
#define DAEMON_STREAM_H

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/event.h"

enum page { PAGE_HEALTH, PAGE_METRICS, PAGE_STATUS };

/* Writes the page's body and returns its HTTP status (200 or 503). */
typedef int (*page_writer)(void *node, enum page page, struct buffer *body);

struct stream_counts {
    int64_t clients;    /* now */
    int64_t accepted;   /* since start */
    int64_t refused;    /* over the cap */
    int64_t stalled;    /* closed because they took nothing */
    int64_t delivered;  /* notices written whole to a client */
    int64_t superseded; /* pending notices that a newer one replaced */
};

struct stream;

/* Listens on config->socket (mode 0660, an old socket file is replaced only when nobody listens on
 * it). */
struct stream *stream_new(struct event_base *base, const struct config *config,
                          page_writer write_page, void *node, struct err *err);
void stream_free(struct stream *s); /* closes every client; safe on NULL */

/* The boards of `revision` can be served now. The first call makes it known to waiting clients,
 * later ones are broadcast; calls within `coalesce` of each other are one notice (the newest
 * revision, events merged). */
void stream_announce(struct stream *s, int64_t revision, const struct board_event *event);

/* At start, the snapshot found on disk: what `ready` names. No broadcast (there is no client yet).
 */
void stream_restore(struct stream *s, int64_t revision, const struct board_event *event);

struct stream_counts stream_counts(const struct stream *s);

#endif
