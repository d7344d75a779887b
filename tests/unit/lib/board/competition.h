/* competition: a dataset written down row by row, for the tests of the boards. */
#ifndef TESTS_UNIT_LIB_BOARD_COMPETITION_H
#define TESTS_UNIT_LIB_BOARD_COMPETITION_H

#include <string.h>

#include "lib/board/boards.h"
#include "lib/timestamp.h"
#include "tests/unit/unit.h"

#define ALONE 0                      /* in place of a team's id */
#define NOON  "2026-01-24T12:00:00Z" /* where any time will do */

static struct dataset competition;
static struct boards *boards;
static struct buffer json[BOARD_COUNT];

/* A division whose boards are wanted too. */
static int64_t wanted_division = -1;
static struct buffer division_json[BOARD_COUNT];

/* For cmocka's set-up and teardown of each test. */
static inline int competition_begin(void **state)
{
    struct err err;

    (void)state;
    dataset_init(&competition);
    boards = boards_new(&err);
    return boards ? 0 : -1;
}

static inline int competition_end(void **state)
{
    (void)state;
    dataset_release(&competition);
    for (int i = 0; i < BOARD_COUNT; i++)
        buffer_release(&json[i]), buffer_release(&division_json[i]);
    boards_free(boards);
    return 0;
}

#define test(name) cmocka_unit_test_setup_teardown(name, competition_begin, competition_end)

static inline int64_t at(const char *time)
{
    struct err err;
    int64_t us;

    assert_int_equal(timestamp_parse(time, &us, &err), 0);
    return us;
}

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){.at = text, .len = strlen(text)};
}

static inline void add_division(int64_t id, const char *name)
{
    struct division d = {.id = id};
    struct err err;

    assert_int_equal(dataset_add_division(&competition, &d, bytes_of(name), &err), 0);
}

static inline void add_challenge(const struct challenge *c, const char *title)
{
    struct err err;

    assert_int_equal(dataset_add_challenge(&competition, c, bytes_of(title), bytes_of("Pwn"), &err),
                     0);
}

/* Always worth `points`. */
static inline void add_static(int64_t id, int32_t points)
{
    add_challenge(&(struct challenge){.id = id, .initial = points, .breaks_ties = true}, "c");
}

/* Worth less with each competitor who solves it: `minimum` once all have. */
static inline void add_dynamic(int64_t id, int32_t initial, int32_t minimum)
{
    add_challenge(
        &(struct challenge){
            .id = id, .initial = initial, .minimum = minimum, .dynamic = true, .breaks_ties = true},
        "c");
}

static inline void add_team_row(const struct team *t, const char *name)
{
    struct err err;

    assert_int_equal(dataset_add_team(&competition, t, bytes_of(name), &err), 0);
}

static inline void add_team(int64_t id, const char *name)
{
    add_team_row(&(struct team){.id = id, .tie = NO_TIE}, name);
}

static inline void add_user_row(const struct user *u, const char *name)
{
    struct err err;

    assert_int_equal(dataset_add_user(&competition, u, bytes_of(name), &err), 0);
}

static inline void add_user(int64_t id, const char *name, int64_t team)
{
    add_user_row(
        &(struct user){.id = id, .has_team = team != ALONE, .team_id = team, .tie = NO_TIE}, name);
}

static inline void add_solve_row(const struct solve *s)
{
    struct err err;

    assert_int_equal(dataset_add_solve(&competition, s, &err), 0);
}

static inline void add_solve(int64_t user, int64_t challenge, int64_t solved_at)
{
    add_solve_row(&(struct solve){.has_user = true,
                                  .user_id = user,
                                  .challenge_id = challenge,
                                  .solved_at = solved_at,
                                  .points = NO_POINTS});
}

/* A member's, for a team that it names. */
static inline void add_team_solve(int64_t team, int64_t user, int64_t challenge, int64_t solved_at)
{
    add_solve_row(&(struct solve){.has_user = true,
                                  .user_id = user,
                                  .has_team = true,
                                  .team_id = team,
                                  .challenge_id = challenge,
                                  .solved_at = solved_at,
                                  .points = NO_POINTS});
}

static inline void add_award(const struct award *a)
{
    struct err err;

    assert_int_equal(dataset_add_award(&competition, a, &err), 0);
}

/* The pieces of a task without threads. */
static int one_after_the_other(crew_work *work, void *task, int n, struct err *err)
{
    for (int piece = n - 1; piece >= 0; piece--)
        if (work(task, piece, err) < 0)
            return -1;
    return 0;
}

static struct buffer *document(void *context, enum board board, const struct division *division)
{
    struct buffer *wanted = &json[board];

    (void)context;
    if (division && division->id != wanted_division)
        return NULL;
    if (division)
        wanted = &division_json[board];
    buffer_clear(wanted);
    return wanted;
}

static const struct boards_sink sink = {document, NULL};

static inline void build(enum tie_rule tie)
{
    struct err err;

    competition.competition.tie_rule = tie;
    assert_int_equal(boards_build(boards, &competition, one_after_the_other, &sink, &err), 0);
}

static inline void assert_document(struct buffer *document, const char *expected)
{
    buffer_append(document, "", 1); /* a NUL, for whoever prints it */
    assert_string_equal(document->data, expected);
}

static inline void assert_board(enum board board, const char *expected)
{
    assert_document(&json[board], expected);
}

static inline void assert_division(enum board board, const char *expected)
{
    assert_document(&division_json[board], expected);
}

#endif
