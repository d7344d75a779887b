/*
 * batch: many rows for one INSERT, as one array per column:
 *
 *   INSERT INTO t (a, b) SELECT a, b FROM unnest($1::int8[], $2::text[]) AS rows (a, b)
 */
#ifndef SIMULATION_BATCH_H
#define SIMULATION_BATCH_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/err.h"

#define BATCH_COLUMNS_MAX 6

struct batch {
    struct buffer columns[BATCH_COLUMNS_MAX]; /* array literals that lack their end */
    int width;
};

void batch_init(struct batch *batch, int width);
void batch_release(struct batch *batch);

/* Each adds one element to a column; a row is done when every column has got one. */
void batch_add_text(struct batch *batch, int column, const char *text, size_t len);
void batch_add_int(struct batch *batch, int column, int64_t n);
void batch_add_null(struct batch *batch, int column);

/* Runs `sql` with the columns, of one row at least, as $1, $2, ... and empties them. NULL: failed.
 * The caller PQclear()s the result. */
PGresult *batch_run(struct batch *batch, PGconn *db, int64_t deadline_ms, const char *sql,
                    struct err *err);

#endif
