/*
 * schedule: what shall the worker do next, and when? Pure.
 *
 * Told of everything that happens, it answers with the one piece of work that is due, or with the
 * time to ask again. Dirty (the cluster's boards lack something) leads to a rebuild; behind (this
 * node lacks the cluster's newest boards) leads to a fetch. A fetch goes first, since it may be all
 * that was needed, but not twice in a row: whoever floods the channel with hints must not keep the
 * boards from being rebuilt.
 *
 * Redis is not needed for a rebuild: without it the node works alone (observe.h). One that takes no
 * boards is tried again after a back-off, for which changes do not wait.
 *
 *   event heard  ─┐
 *   dirt seen    ─┴─> debounce ─> rest (pace, debounce) ─> backoff ─> WORK_REBUILD
 *   rebuilt heard ┐
 *   newer seen   ─┴───────────────────────> backoff ────────────────> WORK_FETCH
 *
 * All times are monotonic milliseconds. `random` is any 32 random bits: failures must not retry in
 * step.
 */
#ifndef DAEMON_SCHEDULE_H
#define DAEMON_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/debounce.h"
#include "daemon/observe.h"
#include "daemon/rebuild.h"
#include "lib/config.h"

enum work { WORK_NONE, WORK_FETCH, WORK_REBUILD };

/* After each failure twice as long as before, from min to max, less up to a half at random. */
struct backoff {
    int64_t min, max;
    int64_t delay; /* of the last failure; 0: the last try went well */
    int64_t until;
};

struct schedule {
    struct debounce debounce;
    struct backoff fetching, rebuilding;
    int64_t pace, rest_max, periodic;
    enum work working; /* what the worker is at */
    bool fetched;      /* the work before was a fetch */
    bool in_sight;     /* PostgreSQL answered the last look: a rebuild can go well */
    bool dirty;        /* as of the last look */
    bool lacking;      /* likewise: this node's own boards lack something, whatever Redis has */
    bool unstored;     /* of the last rebuild all went well but that Redis took no boards */
    bool hinted;       /* somebody said "rebuilt": fetch without waiting for a look */
    struct doubt doubt;
    int64_t node_revision;   /* what this node serves */
    int64_t stored_revision; /* what Redis has, as far as this node knows; NONE when it is away */
    int64_t rest_until;
};

#define SCHEDULE_NEVER INT64_MAX

void schedule_init(struct schedule *s, const struct config *config, int64_t node_revision);

/* An event was heard. */
void schedule_event(struct schedule *s, int64_t now);
/* A rebuilt notice was heard. It is a hint, never data. */
void schedule_hint(struct schedule *s);
/* The bus listens again, and may have missed events that left no outbox row: boards that were read
 * before are rebuilt. */
void schedule_missed(struct schedule *s, int64_t now);

/* The poll thread has looked. */
void schedule_sight(struct schedule *s, const struct sight *sight, int64_t now);

/* The work that is due now: the caller hands it to the worker. WORK_NONE: *wake is when to ask
 * again at the latest (SCHEDULE_NEVER: after the next call of one of the others). */
enum work schedule_next(struct schedule *s, int64_t now, int64_t *wake);

/* The worker has finished. */
void schedule_rebuilt(struct schedule *s, const struct rebuild_report *report, int64_t now,
                      uint32_t random);
void schedule_fetched(struct schedule *s, const struct fetch_report *report, int64_t now,
                      uint32_t random);

bool schedule_behind(const struct schedule *s);

/* What this node serves lacks something. Where Redis alone takes no boards it need not. */
bool schedule_late(const struct schedule *s);

#endif
