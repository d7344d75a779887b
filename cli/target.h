/*
 * target: the database that `migrate` and `detach` change, and how its platform keeps running.
 *
 *   - One migrate or detach at a time: a session's advisory lock, asked for again and again. Nobody
 *     waits for it inside PostgreSQL, since an index that is built CONCURRENTLY by the one who has
 *     it waits in turn for everybody else's open transaction.
 *   - All or nothing: one transaction, begun by lock.sql, which waits for the platform's tables a
 *     fifth of a second and no longer. When that was not enough, all is rolled back, and tried again
 *     after a random rest, until --wait is over.
 *   - A superuser does little as one: what reads or runs anything that the platform's owner could
 *     have changed is done as that owner (target_act_as_owner(), and SET LOCAL ROLE in sql/).
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
    int64_t wait_s;
    const struct config *config;
    const struct names *names;
};

struct target {
    PGconn *db;
    struct target_options options;
    struct script_names names;
    int64_t until; /* monotonic_ms(): no attempt begins later */
};

/* Connects and becomes the only one at work. On failure *target is released. */
int target_open(struct target *target, const struct target_options *options,
                struct err *err) MUST_CHECK;
void target_release(struct target *target); /* safe on a zeroed one */

/* From now on, outside of target_run(): names.owner. */
int target_act_as_owner(const struct target *target, struct err *err) MUST_CHECK;

/* One query outside any transaction of ours; `sqlstate`, of 6 bytes, may be NULL. NULL on failure. */
PGresult *target_query(const struct target *target, const char *sql, int nparams,
                       const char *const *params, char *sqlstate, struct err *err);

/* Runs the scripts, whose names are filled in, in one transaction. */
int target_run(const struct target *target, const struct script *scripts, size_t count,
               struct err *err) MUST_CHECK;

/* Runs one statement that no transaction may be around. Nobody waits for it, but it waits for each
 * transaction that was open before. */
int target_run_alone(const struct target *target, const char *sql, struct err *err) MUST_CHECK;

#endif
