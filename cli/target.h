/*
 * target: the database that `migrate` and `detach` change, and how its platform keeps running.
 *
 *   - One migrate or detach at a time: a session's advisory lock, asked for again and again. Nobody
 *     waits for it inside PostgreSQL, since an index that is built CONCURRENTLY by the one who has
 *     it waits in turn for everybody else's open transaction.
 *   - All or nothing: one transaction, begun by lock.sql, which waits for the platform's tables a
 *     fifth of a second and no longer. When that was not enough, all is rolled back, and tried again
 *     after a random rest, until --wait is over.
 */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <libpq-fe.h>
#include <stdint.h>

#include "cli/script.h"
#include "lib/config.h"
#include "lib/err.h"

struct target_options {
    const char *conninfo;
    const char *directory; /* of the scripts */
    const char *lock_mode; /* how lock.sql locks the platform's tables */
    int64_t wait_s;
    const struct config *config;
    const struct names *names;
};

struct target {
    PGconn *db;
    struct target_options options;
    struct script_names names;
    struct script lock; /* lock.sql */
    int64_t until;      /* monotonic_ms(): no attempt begins later */
};

/* Connects and becomes the only one at work. On failure *target is released. */
int target_open(struct target *target, const struct target_options *options,
                struct err *err) MUST_CHECK;
void target_release(struct target *target); /* safe on a zeroed one */

/* One query outside any transaction of ours. NULL on failure. */
PGresult *target_query(const struct target *target, const char *sql, int nparams,
                       const char *const *params, struct err *err);

/* Runs the scripts that are due and are not concurrent ones, in one transaction; keeps the
 * checksums of those that are migrations. */
int target_run(const struct target *target, const struct script_list *list,
               struct err *err) MUST_CHECK;

/* Runs a concurrent script, and keeps its checksum. Nobody waits for its statements, but they wait
 * for each transaction that was open before. */
int target_run_concurrent(const struct target *target, const struct script *script,
                          struct err *err) MUST_CHECK;

#endif
