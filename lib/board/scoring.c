#include "lib/board/scoring.h"

/* The product of 33 bits and twice 31 bits. */
__extension__ typedef unsigned __int128 uint128;

int64_t scoring_decay(const struct challenge *c, uint32_t competitors)
{
    return c->has_decay ? c->decay : (int64_t)competitors;
}

int32_t scoring_value(const struct challenge *c, uint32_t solves, uint32_t competitors)
{
    int64_t decay = scoring_decay(c, competitors);
    uint128 lost;

    if (!c->dynamic || decay <= 0 || c->minimum >= c->initial)
        return c->initial;
    if (solves >= decay)
        return c->minimum;
    /* initial - floor(x) is ceil(initial - x), and x is not negative here. */
    lost = (uint128)((int64_t)c->initial - c->minimum) * solves * solves;
    return (int32_t)(c->initial - (int64_t)(lost / ((uint128)decay * (uint128)decay)));
}
