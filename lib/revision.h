/*
 * revision: the name of one consistent set of boards: 1 to 2^53 - 1, later contents greater.
 *
 * Drawn in PostgreSQL as milliseconds of its clock, so that it is safe as a JavaScript number. 0
 * stands for "none" throughout. Its text is `[1-9][0-9]{0,15}`: one form, no sign, no leading zero.
 */
#ifndef LIB_REVISION_H
#define LIB_REVISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REVISION_NONE INT64_C(0)
#define REVISION_LAST INT64_C(9007199254740991) /* 2^53 - 1 */
#define REVISION_MAX  17                        /* 16 digits and NUL */

/* Revisions follow PostgreSQL's clock, some clocks being ahead of it. What is further ahead, in ms,
 * is garbage, wherever it stands: nobody could ever draw a newer one. */
#define REVISION_AHEAD_MAX INT64_C(86400000)

/* Reads exactly `len` bytes; false, and *revision untouched, when they are anything else. */
bool revision_parse(const char *text, size_t len, int64_t *revision);

#endif
