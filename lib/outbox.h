/*
 * outbox: how an event is put in, by whoever has one: the events call, `scoreboardctl publish`, and
 * the daemon for foreign publishers.
 *
 * Two steps, always in this order. The row is the event: once it is committed, some node will
 * rebuild, whatever dies meanwhile. The hint on Redis only makes it fast; losing it costs at most
 * one poll interval, so its failure is worth a log line and never an error for the caller's caller.
 * (The other way round, a node could look before the row is there, and find nothing to do.)
 */
#ifndef LIB_OUTBOX_H
#define LIB_OUTBOX_H

#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/event.h"

/* A connection of the publisher's role. NULL on failure. */
PGconn *outbox_open(const struct config *config, const struct names *names, const char *program,
                    struct err *err);

/* Inserts one row and commits it. *event gets the reason, PostgreSQL's time of the row as `ts`, and
 * `outbox`. The role needs INSERT (reason) and SELECT (created_at) on the outbox, nothing more. */
int outbox_insert(PGconn *db, int64_t deadline_ms, const char *reason, struct board_event *event,
                  struct err *err) MUST_CHECK;

/* Tells the nodes that the event's row is there. */
int outbox_hint(redisContext *redis, const struct names *names, const struct board_event *event,
                struct err *err) MUST_CHECK;

#endif
