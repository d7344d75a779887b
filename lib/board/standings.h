/*
 * standings: who solved what first, what it is worth, and who is ahead.
 *
 * dataset -> scoring -> *standings* -> boards. Users and teams are treated alike: each is a
 * `league` of entries. Ids have become positions here: everything is an array, ordered by id, so
 * that comparing positions compares ids.
 */
#ifndef LIB_BOARD_STANDINGS_H
#define LIB_BOARD_STANDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/board/dataset.h"
#include "lib/err.h"
#include "lib/idmap.h"
#include "lib/radix.h"

enum league_kind { USERS, TEAMS, LEAGUE_COUNT };

struct standings_challenge {
    const struct challenge *row;
    int32_t value;
    int64_t decay;        /* of a dynamic one: its own, or else how many competitors there are */
    uint32_t solvers;     /* competitors who solved it */
    uint32_t first_blood; /* the solve; NOWHERE: none */
};

/* A row of solves() whose challenge, and whose user or team, is shown. */
struct standings_solve {
    int64_t at;
    uint32_t entry[LEAGUE_COUNT]; /* whose it is; NOWHERE: nobody's who is shown */
    uint32_t challenge;
    int32_t points; /* what it is worth: the challenge's value, or its own */
};

struct standings_award {
    int64_t at;
    uint32_t entry;
    int32_t points;
};

/* A part of an array. */
struct range {
    uint32_t first, n;
};

/* A user or a team. */
struct entry {
    int64_t id;
    struct text name;
    int64_t score;
    int64_t reached;             /* when the score was reached; NEVER: without a positive part */
    int64_t tie;                 /* the platform's; NO_TIE: it says nothing */
    uint32_t division;           /* NOWHERE: none */
    uint32_t team;               /* a user's, in the league of teams; NOWHERE: competes alone */
    struct range solves, awards; /* of the league's */
};

struct league {
    enum league_kind kind;
    struct entry *entries; /* by id */
    uint32_t nentries;
    struct idmap positions; /* id -> entry */
    uint32_t *solves; /* the earliest for each entry and challenge; by entry, then challenge */
    uint32_t nsolves;
    struct standings_award *awards; /* by entry, then time, then points */
    uint32_t nawards;
    uint32_t *ranking; /* entries, the best first */
};

struct standings {
    const struct division **divisions; /* by id */
    uint32_t ndivisions;
    struct standings_challenge *challenges; /* by id */
    uint32_t nchallenges;
    struct standings_solve *solves; /* by user (nobody's last), then challenge */
    uint32_t nsolves;
    struct league leagues[LEAGUE_COUNT];
    bool platform_ties;                     /* some entry has a tie of the platform's */
    struct radix_item *items, *spare_items; /* room for all solves and awards, for whoever sorts */
};

/* All memory is taken from `memory`, and `data` is pointed into: the standings live as long as the
 * shorter-lived of both. */
int standings_build(struct standings *s, const struct dataset *data, struct arena *memory,
                    struct err *err) MUST_CHECK;

#endif
