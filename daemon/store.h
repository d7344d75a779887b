/*
 * store: the snapshots' way into Redis, and their way out to the other nodes.
 *
 * The hash <names.snapshot> has the fields format, database and took, and of the public's line rev, the
 * manifest and the files (lib/snapshot.h), which are one string; of the staff's line the same as
 * staff_rev, staff_manifest and staff_files, empty where nothing is withheld from the public. One Lua
 * script replaces them, frees the lock and tells the others, so that no node ever sees half of it;
 * and it does so only for a revision above all that are stored.
 *
 * That the staff's line went on is told nobody: others than our nodes hear the channel, and pass on
 * what they hear. The nodes see it by their polls.
 *
 * Redis is a cache that anyone may have written to. What does not hold counts as no snapshot, for
 * the script as for the readers: then a rebuild replaces it, instead of failing on it for ever.
 *
 * The connection's deadline is that of any small call. It bounds each wait for Redis, not the whole
 * transfer, and the script itself takes some tens of milliseconds for 14 MB of boards.
 */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include <hiredis/hiredis.h>
#include <stdint.h>

#include "daemon/lock.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

/* The hash's `format`; another one counts as none. */
#define STORE_FORMAT "3"

enum store_result {
    STORE_FAILED = -1, /* perhaps stored all the same (the answer was lost): look */
    STORE_REFUSED,     /* Redis has a newer one already */
    STORE_DONE,
};

struct store_terms {
    const char *database;   /* whose boards they are: those of another one count as none */
    int64_t revision_limit; /* what is above is garbage */
};

/* Stores a rebuild's snapshots. Where the public's has no revision, the stored one stands; where the
 * staff's has none, there is none. Stored or refused, the lock is free afterwards if it was ours, and
 * *stored_revision is the newest that Redis has. */
enum store_result store_put(redisContext *redis, const struct names *names,
                            const struct store_terms *terms,
                            const struct snapshot snapshots[AUDIENCE_COUNT], struct lock *lock,
                            int64_t *stored_revision, struct err *err) MUST_CHECK;

enum fetch_result {
    FETCH_DONE,
    FETCH_NONE,    /* Redis has nothing newer than this node */
    FETCH_CORRUPT, /* what Redis has does not hold: only a rebuild mends it */
    FETCH_FAILED,  /* Redis away, disk full, ...: try again later */
};

/* Reads all that is stored and checks the files. FETCH_DONE, FETCH_CORRUPT or FETCH_FAILED; the
 * snapshots are whole with the first, none with the second and what they were with the third. */
enum fetch_result store_get(redisContext *redis, const struct names *names,
                            struct snapshot snapshots[AUDIENCE_COUNT], struct err *err) MUST_CHECK;

#endif
