/*
 * read: everything a rebuild needs out of PostgreSQL, in one transaction.
 *
 *   BEGIN ISOLATION LEVEL REPEATABLE READ
 *   SELECT ... FROM state                takes the snapshot, which all that follows sees
 *   COPY ... TO STDOUT                   the platform's functions, in a freeze as of that and as of now
 *   SELECT rewritten()                   was a source rewritten since the snapshot? Then it is void
 *   UPDATE state SET rev = ...           draws the revision, and deletes outbox rows that this
 *                                        snapshot saw
 *   COMMIT
 *
 * Of two rebuilds that overlap, only one can commit: the UPDATE of the other fails with 40001,
 * since the row has changed after its snapshot. So the order of revisions is the order of contents,
 * whatever the lock in Redis does. The UPDATE comes last so that no row is locked while data flows
 * to a client that may stall: a server that blocks in writing to a stopped client honours no
 * timeout.
 *
 * TRUNCATE and a rewriting ALTER TABLE are not MVCC-safe: a snapshot that is older sees an empty
 * table. From COPY on, nobody can do so before COMMIT.
 *
 * Where nothing else is wrong than that boards are not where they should be, a node may adopt the
 * revision that was drawn for them: when the snapshot sees it, and an empty outbox, and no boundary has
 * passed since, then it sees what that revision was made of. Nothing is drawn or deleted. So nodes that
 * do not see each other's boards, each being alone or with a Redis of its own, do not draw in turn for
 * ever. Of nodes alone that would draw, one at a time does: a lock of PostgreSQL's stands in for Redis'.
 *
 * It waits for what others have locked only a moment (lock_deadline). Waiting is no work: a rebuild
 * that waited ten seconds would rest for forty.
 */
#ifndef DAEMON_READ_H
#define DAEMON_READ_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/shown.h"
#include "lib/board/dataset.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/event.h"

/* Of one rebuild, the most outbox rows that it deletes. The others stay dirt, for the next one. */
#define OUTBOX_ROWS_MAX 10000

struct reading_terms {
    int64_t highest; /* the revision will be above this, the highest that the node knows of */
    bool alone;      /* Redis does not take part */
    int64_t adopt;   /* the revision that may be adopted; REVISION_NONE: draw one */
};

struct reading {
    int64_t revision;
    int64_t read_at;          /* PostgreSQL's clock, microseconds since 1970; nothing is older */
    struct board_event event; /* of the outbox rows it deleted; no reason: there was none */
    bool withheld; /* the public's boards and the staff's are two things: a freeze has come, or the
                      start has not, or the competition is not shown */
    struct shown shown; /* what stands, if so */
};

/* The platform's rows. */
struct contents {
    struct dataset
        shown; /* for everybody: as of the freeze, once that has come (frozen), or of now */
    struct dataset latest; /* for the staff: as of now; only while frozen */
};

void contents_init(struct contents *c);
void contents_release(struct contents *c);

enum read_result {
    READ_FAILED = -1,
    READ_SUPERSEDED, /* 40001: another rebuild has committed meanwhile */
    READ_REWRITTEN,  /* a source was rewritten meanwhile, which err names */
    READ_BUSY,       /* another node alone is at it */
    READ_DONE,
};

/* Replaces *contents. Unless READ_DONE, the connection is dead (a transaction may be open): close it.
 * A COMMIT without an answer is a failure too: then the revision was perhaps drawn and the rows
 * perhaps deleted, which observers see as dirt, for Redis lacks that revision. */
enum read_result read_dataset(PGconn *db, const struct config *config,
                              const struct reading_terms *terms, struct contents *contents,
                              struct reading *reading, struct err *err) MUST_CHECK;

#endif
