/*
 * worker: the daemon's hands: a thread that rebuilds, fetches and materialises, one job at a time.
 *
 * Between two jobs it lets old revisions go from the disk.
 */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include "daemon/mailbox.h"
#include "daemon/materialise.h"
#include "daemon/rebuild.h"
#include "daemon/schedule.h"
#include "lib/config.h"
#include "lib/err.h"

struct report {
    enum work work;
    union {
        struct fetch_report fetch;     /* WORK_FETCH */
        struct rebuild_report rebuild; /* WORK_REBUILD */
    };
};

struct worker;

/* Starts the thread; it owns `materialiser` from then on, also when this fails. Each job gives one
 * struct report in `reports`, whose rule of merging is NULL: there is never a second job before the
 * first one's report was taken. */
struct worker *worker_start(const struct config *config, const struct names *names,
                            struct materialiser *materialiser, struct mailbox *reports,
                            struct err *err);

/* `doubt` is for a rebuild, the last look for a fetch (rebuild.h). */
void worker_do(struct worker *w, enum work work, const struct doubt *doubt,
               const struct observation *seen);

/* Ends the thread; -1: it hangs in a call, and the process should end without cleaning up. Safe on
 * NULL. */
int worker_stop(struct worker *w, int64_t patience_ms) MUST_CHECK;

#endif
