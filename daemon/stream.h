/*
 * stream: tells every browser that newer boards can be had.
 *
 * A client is a descriptor, the notice it is being written (a pointer and an offset) and at most
 * one pending notice, the newest; the bytes themselves are shared by all (notice.h). So a slow
 * client never makes anyone wait and never grows. server.c accepts connections, reads what they
 * ask for, and hands over those that ask for the stream. Runs on the loop thread alone.
 *
 * Each audience has a channel of its own: of what the staff are told, when and how often, nothing is
 * to be seen on the public's.
 */
#ifndef DAEMON_STREAM_H
#define DAEMON_STREAM_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/request.h"
#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/event.h"
#include "lib/snapshot.h"

/* Descriptors that the capacity leaves for connections that are not, or not yet, clients. */
#define STREAM_SPARE_DESCRIPTORS 256

struct stream_counts {
    int64_t clients;    /* now */
    int64_t capacity;   /* how many there may be: max_clients, or what the descriptors allow */
    int64_t accepted;   /* since start */
    int64_t refused;    /* over the capacity or their address's, or out of descriptors */
    int64_t stalled;    /* closed because they took nothing */
    int64_t delivered;  /* notices written whole to a client */
    int64_t superseded; /* pending notices that a newer one replaced */
};

struct stream;

/* NULL: out of memory. `config` must outlive it. Raises the process's soft descriptor limit as far
 * as max_clients asks and the hard limit lets it, and warns when that is less. */
struct stream *stream_new(struct event_base *base, const struct config *config);
void stream_free(struct stream *s); /* closes every client; safe on NULL */

/* The audience's boards of `revision` can be served now: all its clients get the notice of it. Calls within
 * `coalesce` of each other, or while the loop rests after a broadcast, are one notice (the newest
 * revision, events merged). A revision that is not newer than the last one is ignored. */
void stream_announce(struct stream *s, enum audience audience, int64_t revision,
                     const struct board_event *event);

/* What was told was garbage (revision.h): the next revision is newer, whatever it is. */
void stream_forget(struct stream *s, enum audience audience);

/* At start, the snapshot found on disk: what `ready` names. No broadcast (there is no client
 * yet). */
void stream_restore(struct stream *s, enum audience audience, int64_t revision,
                    const struct board_event *event);

/* Makes the connection a client of that audience's and greets it; from then on the descriptor is the stream's. False
 * when the stream is full, or has as many from that address as it may: the descriptor is still the caller's, who answers with the refusal. */
bool stream_adopt(struct stream *s, int fd, const struct request_head *request,
                  enum audience audience);

/* Closes every client of that audience's. */
void stream_dismiss(struct stream *s, enum audience audience);

/* Appends the answer for whom there is no room: a 200 that only says when to come back, since
 * EventSource gives up for good on any other status. Counts one refused. `request` is NULL where it
 * is not known. */
void stream_refuse(struct stream *s, struct buffer *answer, const struct request_head *request);

struct stream_counts stream_counts(const struct stream *s);

#endif
