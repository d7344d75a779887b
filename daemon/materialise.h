/*
 * materialise: a snapshot's way onto the disk (layout: lib/snapshot.h), and the old ones' way off
 * it.
 *
 * Files go into boards/.new, which is renamed to boards/<revision>; then `current` is swapped by
 * renaming a symlink. Never backwards. Whatever fails, the old snapshot stands. What is new of both
 * lines, the public's and the staff's, becomes current together, or nothing of it: so a node that has
 * the newest revision of either line lacks nothing.
 *
 * Nothing is synced to the device. A killed process loses nothing, for the renames come last. A
 * crashed host may come back with a revision whose files are cut or missing; then its manifest does
 * not hold, and the next older one counts until the first rebuild, which follows every start.
 * Waiting for the device would instead delay each notice by the time that 100 MB take to a shared
 * disk, for files that are a copy of what PostgreSQL and Redis have.
 */
#ifndef DAEMON_MATERIALISE_H
#define DAEMON_MATERIALISE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

struct materialiser;

/* Takes the directory, which is made if only it is missing (a second daemon on it is an error that
 * names it), removes temporary leftovers, revisions that do not hold and garbage (revision.h), and makes
 * the newest one that does, of each line, `current`: its head (revision NONE: none). `config` is borrowed. */
struct materialiser *materialiser_open(const struct config *config,
                                       struct snapshot_head heads[AUDIENCE_COUNT], struct err *err);
void materialiser_close(struct materialiser *m); /* safe on NULL */

/* What is above this is garbage, and removed; a current revision only once there is a newer one, which
 * may be lower, of its line or of the other. */
void materialiser_forget_above(struct materialiser *m, int64_t limit);

/* The current revision of a line, and the greater one of both. */
int64_t materialiser_revision(const struct materialiser *m, enum audience audience);
int64_t materialiser_newest(const struct materialiser *m);

/* How many leftovers of interrupted writes materialiser_open() removed: worth a line in the log. */
size_t materialiser_leftovers(const struct materialiser *m);

/* Writes a snapshot of each line and makes them current. What is not above the current one of its
 * line is left alone: 0 too. */
int materialiser_write(struct materialiser *m, const struct snapshot snapshots[AUDIENCE_COUNT],
                       struct err *err) MUST_CHECK;

/* Removes old revisions of each line by keep_age, keep_bytes, keep_min, keep_max (retention.h): how many
 * the staff's line has says nothing of the public's. To be called
 * after each write, once the viewers have been told (removing 100 MB takes its time), and now and
 * then. */
void materialiser_prune(struct materialiser *m);

#endif
