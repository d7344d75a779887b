/*
 * timeline: a league's solves and awards by interval of ten minutes, aligned to whole ten minutes UTC.
 *
 * One row for each interval and entry that has any in it, ordered by both. Rows are made one at
 * a time, on their way to the text.
 */
#ifndef LIB_BOARD_TIMELINE_H
#define LIB_BOARD_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/board/standings.h"

#define TIMELINE_INTERVAL (INT64_C(600) * 1000000) /* microseconds */

struct timeline_row {
    int64_t timestamp; /* the interval's start */
    uint32_t entry;
    int64_t points;           /* at today's values, awards included */
    uint32_t challenge_count; /* solves alone */
};

struct timeline {
    const struct radix_item *next, *end; /* by interval, then entry */
    int64_t first;                       /* what their intervals are counted from */
};

/* Sorts in the standings' spare room: one timeline at a time. */
void timeline_begin(struct timeline *t, const struct standings *s, const struct league *l);

/* Fills in the next row; false: there is none. */
bool timeline_next(struct timeline *t, struct timeline_row *row);

#endif
