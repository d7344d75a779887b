/*
 * cors: which other sites' pages may read what everybody may see (CORS, of the Fetch standard).
 *
 * It is all decided here, for the responders and the daemon. Cookies and tokens are never allowed,
 * and no preflight is answered: a page of another site sends plain GETs, which is all that it needs,
 * and what a staff token opens stays the organisers' own.
 */
#ifndef LIB_CORS_H
#define LIB_CORS_H

#include <stddef.h>

#include "lib/err.h"

#define CORS_ORIGIN_MAX  300 /* bytes: the longest host name, and what is around it */
#define CORS_HEADERS_MAX 512

/* Whether `origins` is a list of origins, `*` alone, or empty. */
int cors_check(const char *origins, struct err *err) MUST_CHECK;

/* The header lines for a request with this Origin (NULL: without one); "" where it is not one of
 * `origins`. Returns `out`. */
const char *cors_headers(char out[CORS_HEADERS_MAX], const char *origins, const char *origin,
                         size_t len);

#endif
