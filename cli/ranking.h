/*
 * ranking: a league of the standings, printed for people.
 *
 * Names are the players': what would steer a terminal is shown as "?".
 */
#ifndef CLI_RANKING_H
#define CLI_RANKING_H

#include <stdint.h>
#include <stdio.h>

#include "lib/board/standings.h"

struct ranking {
    const struct dataset *data;
    const struct standings *standings;
    enum league_kind kind;
    uint32_t division; /* a position in the standings; NOWHERE: all */
};

/* One line for each of the first `most` entries: rank, score, solves, when the score was reached,
 * name. */
void ranking_print(FILE *out, const struct ranking *ranking, uint32_t most);

/* A text of the dataset. */
void ranking_print_text(FILE *out, const struct dataset *data, struct text text);

#endif
