/*
 * rebuild: all of it as one blocking call; and the fetch of a snapshot that another node built. Runs
 * in the worker thread (worker.c), which owns its connections, its dataset and its buffers.
 *
 *   look -> lock -> look again -> read -> build -> store -> materialise
 *
 * While nothing is withheld from the public it makes one snapshot, which is everybody's. Else it makes
 * the staff's, and the public's only when that is another than before (shown.h).
 */
#ifndef DAEMON_REBUILD_H
#define DAEMON_REBUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/lock.h"
#include "daemon/materialise.h"
#include "daemon/observe.h"
#include "daemon/store.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

enum rebuild_result {
    REBUILD_STORED,     /* this node's boards are the cluster's newest */
    REBUILD_ALONE,      /* this node's boards are PostgreSQL's newest; Redis does not take part */
    REBUILD_CLEAN,      /* nothing was dirty (any more): another node was faster */
    REBUILD_BUSY,       /* another node holds the lock */
    REBUILD_SUPERSEDED, /* built, but PostgreSQL (40001) or Redis (a newer revision) refused it */
    REBUILD_REWRITTEN,  /* read in vain: a source was rewritten meanwhile */
    REBUILD_FAILED,     /* boards that only Redis did not take are served all the same (heads) */
    REBUILD_RESULT_COUNT
};
/* "stored", ... for metrics and logs */
extern const char *const rebuild_result_names[REBUILD_RESULT_COUNT];

enum rebuild_step {
    STEP_LOCK,
    STEP_READ,
    STEP_BUILD,
    STEP_GZIP,
    STEP_STORE,
    STEP_MATERIALISE,
    STEP_COUNT
};
extern const char *const rebuild_step_names[STEP_COUNT];

#define MENDED_MAX 256

struct rebuild_report {
    enum rebuild_result result;
    struct snapshot_head
        heads[AUDIENCE_COUNT];    /* what this node serves; revision NONE: as before */
    int64_t node_revision;        /* the newest that this node serves; NONE: none, or garbage */
    int64_t stored_revision;      /* the highest seen in Redis or stored there; NONE: unknown */
    int64_t step_us[STEP_COUNT];  /* how long each step took */
    int64_t took_ms;              /* of the read alone, also in vain: `pace` is reckoned from it */
    char seized[LOCK_HOLDER_MAX]; /* who had the lock for longer than it may live; "": nobody */
    char mended[MENDED_MAX];      /* what mend() put back; "": nothing */
    bool behind;                  /* there are boards, but not on this node's disk */
    struct err err;               /* with FAILED, SUPERSEDED and REWRITTEN */
    struct err unwritten;         /* when `behind`: why */
};

struct fetch_report {
    enum fetch_result result;                   /* store.h; FETCH_DONE: written and current */
    struct snapshot_head heads[AUDIENCE_COUNT]; /* with FETCH_DONE: what this node now serves */
    int64_t node_revision;                      /* as in struct rebuild_report */
    int64_t stored_revision;                    /* the highest seen in Redis; NONE: unknown */
    struct err err;                             /* with FETCH_CORRUPT and FETCH_FAILED */
};

struct rebuilder;

/* Borrows all three. Connects lazily, and anew after each failure. */
struct rebuilder *rebuilder_new(const struct config *config, const struct names *names,
                                struct materialiser *materialiser, struct err *err);
void rebuilder_free(struct rebuilder *r); /* safe on NULL */

/* Never leaves the lock behind. `doubt` as in observation_dirt(); what was dirty gives the event its
 * reason when the outbox had no row. */
void rebuilder_rebuild(struct rebuilder *r, const struct doubt *doubt,
                       struct rebuild_report *report);

/* Reads the snapshots that another node stored, and materialises them. What PostgreSQL said is taken
 * from `seen`, unless a rebuild has looked since. */
void rebuilder_fetch(struct rebuilder *r, const struct observation *seen,
                     struct fetch_report *report);

/* Prepares for the next deltas. To be called after each of the two, once viewers have been told:
 * hashing 100 MB takes its time. */
void rebuilder_settle(struct rebuilder *r);

#endif
