/*
 * dataset: the rows of the five views, as one rebuild read them.
 *
 * The first link of the pure core: dataset -> scoring -> standings -> boards. Nothing here does
 * I/O. All memory is kept over dataset_clear(), so that a rebuild an hour into the competition
 * allocates nothing.
 */
#ifndef LIB_BOARD_DATASET_H
#define LIB_BOARD_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/err.h"

/* A view has at most so many rows: positions of rows are 32-bit numbers wherever they are stored by
 * the hundred thousand. */
#define DATASET_ROWS_MAX ((size_t)INT32_MAX)

/* A text in the dataset's pool: offsets survive the pool's growth. Any bytes; invalid UTF-8 is
 * mended when written. */
struct text {
    size_t offset;
    uint32_t len;
};

struct challenge {
    int64_t id;
    struct text title, category;
    int32_t initial, minimum;
    int32_t decay;  /* only with has_decay */
    bool has_decay; /* without: the number of competitors */
    bool dynamic;   /* formula 'dynamic'; else always `initial` */
};

struct team {
    int64_t id;
    struct text name;
};

struct user {
    int64_t id;
    struct text name;
    int64_t team_id;
    bool has_team; /* without: competes alone */
};

struct solve {
    int64_t user_id, challenge_id;
    int64_t solved_at; /* microseconds since 1970, within lib/timestamp.h's years */
};

struct award {
    int64_t user_id, team_id;
    bool has_user, has_team;
    int32_t points;
    int64_t awarded_at;
};

struct dataset {
    struct challenge *challenges;
    struct team *teams;
    struct user *users;
    struct solve *solves;
    struct award *awards;
    size_t nchallenges, nteams, nusers, nsolves, nawards;
    size_t challenges_cap, teams_cap, users_cap, solves_cap, awards_cap;
    struct buffer pool; /* of texts */
};

void dataset_init(struct dataset *d);
void dataset_release(struct dataset *d);
void dataset_clear(struct dataset *d); /* empty; the memory stays */

/* Views may come in any order; of rows with the same id the first counts. */
int dataset_add_challenge(struct dataset *d, const struct challenge *c, const char *title,
                          size_t title_len, const char *category, size_t category_len,
                          struct err *err) MUST_CHECK;
int dataset_add_team(struct dataset *d, int64_t id, const char *name, size_t len,
                     struct err *err) MUST_CHECK;
int dataset_add_user(struct dataset *d, int64_t id, const char *name, size_t len, bool has_team,
                     int64_t team_id, struct err *err) MUST_CHECK;
int dataset_add_solve(struct dataset *d, const struct solve *s, struct err *err) MUST_CHECK;
int dataset_add_award(struct dataset *d, const struct award *a, struct err *err) MUST_CHECK;

#endif
