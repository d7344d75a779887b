/*
 * scoring: what a challenge is worth.
 *
 * The reference platform's formula,
 *
 *     ceil(((minimum - initial) / decay^2) * solves^2 + initial), not below minimum
 *
 * computed exactly in integers, so that no rounding of a float moves a point.
 */
#ifndef LIB_BOARD_SCORING_H
#define LIB_BOARD_SCORING_H

#include <stdint.h>

#include "lib/board/dataset.h"

/* How many solves bring a challenge to its minimum: where it does not say, all `competitors`'. A
 * competitor is a team, or a user without one. */
int64_t scoring_decay(const struct challenge *c, uint32_t competitors);

/* The value of a challenge that `solves` of all `competitors` have solved. */
int32_t scoring_value(const struct challenge *c, uint32_t solves, uint32_t competitors);

#endif
