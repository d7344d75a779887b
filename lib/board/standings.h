/*
 * standings: who solved what first, what it is worth, and who is ahead.
 *
 * dataset -> scoring -> *standings* -> boards. Users and teams are treated alike: each is a
 * `league` of entries. Ids have become positions here: everything is an array, ordered by id, so
 * that comparing positions compares ids.
 */
#ifndef LIB_BOARD_STANDINGS_H
#define LIB_BOARD_STANDINGS_H

#include <stdint.h>

#include "lib/board/arena.h"
#include "lib/board/dataset.h"
#include "lib/board/idmap.h"
#include "lib/board/radix.h"
#include "lib/err.h"

enum tie_rule {
    TIE_FIRST_TO_REACH, /* the latest of an entry's solves and positive awards that are worth
                           points, ascending; entries without one last; then id */
    TIE_REFERENCE,      /* the reference platform's: id for users, name (bytewise) for teams */
};

#define NEVER INT64_MAX

struct standings_challenge {
    const struct challenge *row;
    int32_t value;
    uint32_t solvers;     /* competitors who solved it */
    uint32_t first_blood; /* the solve; NOWHERE: none */
};

/* A user's earliest solve of a challenge, both of which the views show. */
struct standings_solve {
    uint32_t user, challenge;
    int64_t at;
};

/* A user or a team. */
struct entry {
    int64_t id;
    struct text name;
    int64_t score;
    int64_t reached;         /* when the score was reached; NEVER: without a positive part */
    uint32_t first, nsolves; /* of the league's solves: those that count for this entry */
};

struct league {
    struct entry *entries; /* by id */
    uint32_t nentries;
    struct idmap positions;        /* id -> entry */
    const uint32_t *entry_of_user; /* NOWHERE: the user plays no part here */
    uint32_t *solves; /* the earliest for each entry and challenge; by entry, then challenge */
    uint32_t nsolves;
    uint32_t *ranking; /* entries, the best first */
};

struct standings {
    struct standings_challenge *challenges; /* by id */
    uint32_t nchallenges;
    struct standings_solve *solves; /* by user, then challenge */
    uint32_t nsolves;
    struct league users, teams;
    struct radix_item *items, *spare_items; /* room for nsolves each, for whoever sorts */
};

/* All memory is taken from `memory`, and `data` is pointed into: the standings live as long as the
 * shorter-lived of both. */
int standings_build(struct standings *s, const struct dataset *data, enum tie_rule tie,
                    struct arena *memory, struct err *err) MUST_CHECK;

#endif
