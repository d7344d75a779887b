/*
 * timestamp: points in time as microseconds since 1970-01-01T00:00:00Z (int64_t), and the two
 * clocks.
 *
 * Years 0001 to 9999 of the proleptic Gregorian calendar, as RFC 3339 has them; whatever lies
 * beyond (PostgreSQL's infinities too) is clamped to the nearest end. Days to dates and back:
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
#ifndef LIB_TIMESTAMP_H
#define LIB_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define TIMESTAMP_MAX 32 /* "2026-01-24T12:00:00.123456Z", its NUL, and room */

#define TIMESTAMP_EARLIEST INT64_C(-62135596800000000) /* 0001-01-01T00:00:00Z */
#define TIMESTAMP_LATEST   INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */

int64_t timestamp_clamped(int64_t us);

/* Writes RFC 3339 UTC, with a fraction only when it is not zero, without trailing zeros.
 * Returns the length; `out` is terminated. */
size_t timestamp_format(char out[TIMESTAMP_MAX], int64_t us);

/* Reads RFC 3339 (any offset; fractions beyond microseconds are cut). */
int timestamp_parse(const char *text, int64_t *us, struct err *err) MUST_CHECK;

int64_t timestamp_now(void); /* the wall clock, microseconds */
int64_t monotonic_ms(void);  /* for deadlines and durations; never goes back */
int64_t monotonic_us(void);

#endif
