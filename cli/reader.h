/*
 * reader: the platform's functions, read as the daemon reads them, for `board` and `check`.
 */
#ifndef CLI_READER_H
#define CLI_READER_H

#include <libpq-fe.h>
#include <stdint.h>

#include "cli/command.h"
#include "lib/board/dataset.h"
#include "lib/err.h"

/* A read-only transaction of one snapshot. NULL conninfo: as the daemon logs in. NULL on failure; the
 * caller PQfinish()es it. */
PGconn *reader_open(const struct call *call, const char *conninfo, struct err *err);

/* Replaces *data by what the functions give as of `until` (lib/platform.h). */
int reader_read(const struct call *call, PGconn *db, int64_t until, struct dataset *data,
                struct err *err) MUST_CHECK;

#endif
