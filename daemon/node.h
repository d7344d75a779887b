/*
 * node: one host's part of the cluster, and the loop thread's state.
 *
 * Three threads tell it what they heard (bus), saw (poll) and did (worker). It keeps the books,
 * asks the schedule what is due, hands that to the worker, and announces each new snapshot to the
 * stream. Nothing here blocks.
 *
 *          heard            sights                       reports
 *   bus ─────────┐  poll ───────────┐            worker ────────────┐
 *                v                  v                               v
 *          node_heard         node_sighted ──> node_work ──>  node_reported ──> stream
 */
#ifndef DAEMON_NODE_H
#define DAEMON_NODE_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/bus.h"
#include "daemon/link.h"
#include "daemon/metrics.h"
#include "daemon/observe.h"
#include "daemon/rebuild.h"
#include "daemon/schedule.h"
#include "lib/config.h"
#include "lib/snapshot.h"

struct node_counters {
    int64_t events, foreign_events, garbage_events;
    int64_t rebuilds[REBUILD_RESULT_COUNT];
    int64_t fetches, fetch_failures;
    int64_t notices;
    struct histogram rebuild_seconds, notice_lag_seconds;
    struct histogram step_seconds[STEP_COUNT];
};

struct node {
    const struct config *config;
    struct names names; /* the heartbeat's is complete with a random id */
    struct event_base *base;

    struct bus *bus;
    struct poll *poll;
    struct worker *worker;
    struct stream *stream;
    struct server *server;
    struct mailbox heard, sights, reports;
    struct event *on_heard, *on_sight, *on_report, *wake;

    struct schedule schedule;
    struct snapshot_head heads[AUDIENCE_COUNT]; /* what this node serves */
    struct sight sight; /* the last look; its clock is of the last that PostgreSQL answered */
    /* Monotonic us of the last event heard since a rebuild began, or of the look that found a change
     * which nobody announced; 0: neither. */
    int64_t lag_from;
    int64_t lag_taken; /* the same, of what the running rebuild covers */
    /* Since when boards that are committed are not served here, or nobody can tell (monotonic ms);
     * 0: not so. */
    int64_t late_from;

    struct link postgres, redis, bus_link, rebuilding, snapshot;
    enum rebuild_result last_result;
    int64_t last_rebuild_at; /* ms since 1970; 0: none yet */
    int64_t last_took_ms;
    struct node_counters counters;
};

/* Takes the snapshot directory, listens, starts the threads. `config` must outlive the node. */
struct node *node_new(struct event_base *base, const struct config *config, struct err *err);

/* Ends the threads and closes every connection. -1: a thread hangs in a call; the process should
 * end at once. */
int node_stop(struct node *n);

/* After node_stop() went well. Safe on NULL. */
void node_free(struct node *n);

#endif
