/*
 * chain: the way of an event as a chain of links, each judged from the facts.
 *
 * Pure. The links stand in the order in which an event passes them, so the first that is not well
 * is where to look; those behind it often only suffer from it.
 */
#ifndef CLI_CHAIN_H
#define CLI_CHAIN_H

#include <stdint.h>

#include "cli/facts.h"

/* From good to bad. */
enum verdict {
    VERDICT_OK,
    VERDICT_UNKNOWN, /* could not be looked at, or is not wanted: no fault of its own */
    VERDICT_LATE, /* boards are served, but lag, or something they lean on is not as it should be */
    VERDICT_BROKEN /* events do not get past here, or viewers get nothing */
};
extern const char *const verdict_names[];

struct check {
    const char *name;
    enum verdict verdict;
    int64_t since;     /* when the fault began, ms since 1970; 0: unknown */
    char finding[480]; /* what was found; may be empty when it is well */
    char advice[240];  /* what to do; empty when it is well */
};

#define CHAIN_LENGTH 18

/* Fills all of `checks`. */
void chain_judge(const struct facts *facts, struct check checks[CHAIN_LENGTH]);

/* The first broken link; without one the first late; NULL: the scoreboard is live. */
const struct check *chain_first_fault(const struct check checks[CHAIN_LENGTH]);

#endif
