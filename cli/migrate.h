/*
 * migrate: the options that say which database and which platform's file, for the commands that take
 * them; and the rehearsal of a migration.
 */
#ifndef CLI_MIGRATE_H
#define CLI_MIGRATE_H

#include "cli/check.h"
#include "cli/command.h"
#include "lib/err.h"

enum {
    MIGRATE_CONNINFO,
    MIGRATE_WAIT,
    MIGRATE_SQL_DIR,
    MIGRATE_PLATFORM,
    MIGRATE_PART,
    MIGRATE_OWN /* what a command has besides */
};
/* clang-format off */
#define MIGRATE_OPTIONS                                                                           \
    [MIGRATE_CONNINFO] = {"conninfo", "CONNINFO", "", "connect as a superuser or the tables' owner"}, \
    [MIGRATE_WAIT] = {"wait", "SECONDS", "60", "how long to try while others use the tables"},    \
    [MIGRATE_SQL_DIR] = {"sql-dir", "DIR", NULL, "else $SCOREBOARD_SQL_DIR, else " SQLDIR}
/* clang-format on */

/* What the functions of the platform's file would give, were it migrated: looked at whole, in a schema
 * of their own that is gone afterwards, and without a lock that a writer of the platform's waits
 * for. */
int migrate_rehearse(const struct call *call, struct findings *findings,
                     struct err *err) MUST_CHECK;

#endif
