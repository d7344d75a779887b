/*
 * dataset: the rows of a platform's functions, as one rebuild read them.
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

/* A function gives at most so many rows: positions of rows are 32-bit numbers wherever they are
 * stored by the hundred thousand. */
#define DATASET_ROWS_MAX ((size_t)INT32_MAX)

/* Names and titles are cut at so many characters, and TEXT_MARK says so: they stand in every row of
 * a timeline, and no player may make the boards grow by a name of a megabyte. */
#define TEXT_CHARACTERS_MAX 255
#define TEXT_MARK           "\u2026"

/* A text in the dataset's pool: offsets survive the pool's growth. Any bytes; invalid UTF-8 is
 * mended when written. */
struct text {
    size_t offset;
    uint32_t len;
};

/* Times are microseconds since 1970, within lib/timestamp.h's years. */
#define NEVER INT64_MAX

/* How entries with equal scores are ranked, after the platform's own `tie`. */
enum tie_rule {
    TIE_FIRST_TO_REACH, /* the latest of an entry's solves and positive awards that are worth
                           points, ascending; entries without one last; then id */
    TIE_REFERENCE,      /* the reference platform's: id for users, name (bytewise) for teams */
    TIE_SHARED,         /* as the first, but they share their rank: 1, 1, 3 */
    TIE_RULE_COUNT
};

extern const char *const tie_rule_names[TIE_RULE_COUNT]; /* "first_to_reach", ... */

struct competition {
    struct text name; /* empty: it has none */
    int64_t starts_at, freezes_at, ends_at;
    enum tie_rule tie_rule;
    bool visible; /* may the public see boards at all */
    bool frozen;  /* the rows are as of freezes_at (lib/platform.h) */
};

#define DIVISION_ID_MAX ((INT64_C(1) << 53) - 1) /* the least is 1 */

struct division {
    int64_t id;
    struct text name;
};

struct challenge {
    int64_t id;
    struct text title, category;
    int32_t initial, minimum;
    int32_t decay;    /* only with has_decay */
    bool has_decay;   /* without: the number of competitors */
    bool dynamic;     /* formula 'dynamic'; else always `initial` */
    bool breaks_ties; /* without: its solves do not move the moment that a score was reached */
};

#define NO_TIE INT64_MAX /* comes last */

struct team {
    int64_t id;
    struct text name;
    int64_t division_id; /* only with has_division */
    int64_t tie;         /* of equal scores the lower first */
    bool has_division;
};

struct user {
    int64_t id;
    struct text name;
    int64_t team_id, division_id; /* only with has_... */
    int64_t tie;
    bool has_team; /* without: competes alone */
    bool has_division;
};

#define NO_POINTS INT32_MIN /* as a solve's: worth what its challenge is */

/* Of a user, or for a team, or both. */
struct solve {
    int64_t user_id, team_id; /* only with has_... */
    int64_t challenge_id;
    int64_t solved_at;
    int32_t points;
    bool has_user;
    bool has_team; /* without: for the user's team now */
};

struct award {
    int64_t user_id, team_id; /* only with has_... */
    int64_t awarded_at;
    int32_t points;
    bool has_user, has_team;
};

struct dataset {
    struct competition competition;
    struct division *divisions;
    struct challenge *challenges;
    struct team *teams;
    struct user *users;
    struct solve *solves;
    struct award *awards;
    size_t ndivisions, nchallenges, nteams, nusers, nsolves, nawards;
    size_t divisions_cap, challenges_cap, teams_cap, users_cap, solves_cap, awards_cap;
    struct buffer pool; /* of texts */
};

void dataset_init(struct dataset *d);
void dataset_release(struct dataset *d);

/* Empty, a competition that nobody may see; the memory stays. */
void dataset_clear(struct dataset *d);

/* Bytes on their way into the pool. */
struct bytes {
    const char *at;
    size_t len;
};

/* Rows may come in any order; of those with the same id the first counts. The texts of a row are
 * those handed over beside it. */
int dataset_set_competition(struct dataset *d, const struct competition *c, struct bytes name,
                            struct err *err) MUST_CHECK;
int dataset_add_division(struct dataset *d, const struct division *row, struct bytes name,
                         struct err *err) MUST_CHECK;
int dataset_add_challenge(struct dataset *d, const struct challenge *row, struct bytes title,
                          struct bytes category, struct err *err) MUST_CHECK;
int dataset_add_team(struct dataset *d, const struct team *row, struct bytes name,
                     struct err *err) MUST_CHECK;
int dataset_add_user(struct dataset *d, const struct user *row, struct bytes name,
                     struct err *err) MUST_CHECK;
int dataset_add_solve(struct dataset *d, const struct solve *row, struct err *err) MUST_CHECK;
int dataset_add_award(struct dataset *d, const struct award *row, struct err *err) MUST_CHECK;

/* A text, as a JSON string. */
void dataset_append_quoted(const struct dataset *d, struct text text, struct buffer *out);

#endif
