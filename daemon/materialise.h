/*
 * materialise: a snapshot's way onto the disk (layout: lib/snapshot.h), and the old ones' way off
 * it.
 *
 * Files go into a temporary directory, that is renamed to boards/<revision>, then `current` is
 * swapped by renaming a symlink. Never backwards. Whatever fails, the old snapshot stands.
 */
#ifndef DAEMON_MATERIALISE_H
#define DAEMON_MATERIALISE_H

#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

struct materialiser;

/* Takes the directory (flock; a second daemon on it is an error that names it), removes temporary
 * leftovers and revisions that do not hold, and finds the newest one that does: *head (revision
 * NONE: none). */
struct materialiser *materialiser_open(const struct config *config, struct snapshot_head *head,
                                       struct err *err);
void materialiser_close(struct materialiser *m); /* safe on NULL */

int64_t materialiser_revision(const struct materialiser *m);

/* Writes and makes it current, then prunes. A revision that is not above the current one is left
 * alone: 0 too. */
int materialiser_write(struct materialiser *m, const struct snapshot *s,
                       struct err *err) MUST_CHECK;

/* Removes old revisions by keep_age, keep_bytes, keep_min, keep_max. Also called now and then
 * without a new one. */
void materialiser_prune(struct materialiser *m);

#endif
