/*
 * platform: a dataset out of PostgreSQL, through the functions of the platform's file.
 *
 * One COPY for each function. Whoever wants all of them to be of one moment has a transaction open
 * that makes them so (REPEATABLE READ). The functions are those of the session's schema.
 */
#ifndef LIB_PLATFORM_H
#define LIB_PLATFORM_H

#include <libpq-fe.h>
#include <stdint.h>

#include "lib/board/copy.h"
#include "lib/board/dataset.h"
#include "lib/err.h"

/* Adds to *data what one function gives: the rows as they were at `until` (microseconds since 1970;
 * NEVER: as they are now). After `deadline` (monotonic_ms()) it fails. After a failure the connection
 * is dead unless `sqlstate` (of 6 bytes) is that of an SQL error, and *data is void. */
int platform_read_function(PGconn *db, int64_t deadline, enum copy_function function, int64_t until,
                           struct dataset *data, char *sqlstate, struct err *err) MUST_CHECK;

/* Replaces *data by what all of them give. A competition that is read as of its freeze is frozen. */
int platform_read(PGconn *db, int64_t deadline, int64_t until, struct dataset *data, char *sqlstate,
                  struct err *err) MUST_CHECK;

#endif
