/*
 * Random competitions, small and full of ties, collisions and rows that point nowhere, against the
 * rules written down once more (plain_rules.h, plain_boards.h).
 */
#include "lib/board/boards.h"

#include <stdlib.h>

#include "tests/unit/lib/board/plain_boards.h"

#define COMPETITIONS 3000

/* --- Random rows ------------------------------------------------------------------------------ */

static int below(int n)
{
    return (int)(random() % n);
}

/* Few ids, some below zero, so that rows collide and miss each other. */
static int64_t any_id(int most)
{
    return (below(most) - 2) * 7;
}

static int64_t any_time(void)
{
    int64_t time = at(NOON) + below(12) * INT64_C(300000000);

    if (below(20) == 0)
        time += (below(120) - 90) * INT64_C(31556952000000); /* years apart, also before 1970 */
    return time + (below(3) == 0 ? below(3) - 1 : 0);
}

static const char *any_name(void)
{
    static const char *const names[] = {"a", "b", "ab", "", "B", "<\"\\>", "\xf0\x9f\x9a\xa9"};

    return names[below(sizeof names / sizeof *names)];
}

static void any_solve(int most)
{
    add_solve_row(&(struct solve){.has_user = below(10) > 0,
                                  .user_id = any_id(most * 2),
                                  .has_team = below(3) == 0,
                                  .team_id = any_id(most),
                                  .challenge_id = any_id(most),
                                  .solved_at = any_time(),
                                  .points = below(5) ? NO_POINTS : below(5) * 50 - 50});
}

static void any_competition(int most)
{
    int64_t ties = below(2) ? 3 : 0;

    dataset_clear(&competition);
    for (int n = below(3); n > 0; n--)
        add_division(below(3), any_name());
    for (int n = below(most); n > 0; n--)
        add_challenge(&(struct challenge){.id = any_id(most),
                                          .dynamic = below(4) > 0,
                                          .initial = below(4) * 100 - 100,
                                          .minimum = below(5) * 50 - 100,
                                          .has_decay = below(2),
                                          .decay = below(8) - 1,
                                          .breaks_ties = below(4) > 0},
                      any_name());
    for (int n = below(most); n > 0; n--)
        add_team_row(&(struct team){.id = any_id(most),
                                    .has_division = below(2),
                                    .division_id = below(3),
                                    .tie = ties && below(3) ? below(3) : NO_TIE},
                     any_name());
    for (int n = below(most * 2); n > 0; n--)
        add_user_row(&(struct user){.id = any_id(most * 2),
                                    .has_team = below(3) > 0,
                                    .team_id = any_id(most),
                                    .has_division = below(2),
                                    .division_id = below(3),
                                    .tie = ties && below(3) ? below(3) : NO_TIE},
                     any_name());
    for (int n = below(most * 12); n > 0; n--)
        any_solve(most);
    for (int n = below(most); n > 0; n--)
        add_award(&(struct award){.has_user = below(2),
                                  .user_id = any_id(most * 2),
                                  .has_team = below(2),
                                  .team_id = any_id(most),
                                  .points = below(5) * 50 - 100,
                                  .awarded_at = any_time()});
}

/* --- Against the plain rules ------------------------------------------------------------------ */

static void assert_same(struct buffer *document, struct buffer *plain)
{
    buffer_append(plain, "", 1);
    assert_document(document, plain->data);
    buffer_release(plain);
}

static void assert_all_same(struct buffer documents[BOARD_COUNT], enum tie_rule tie,
                            int64_t division)
{
    struct buffer plain[BOARD_COUNT] = {{0}};

    write_leaderboard(&plain[BOARD_LEADERBOARD], USERS, tie, division);
    write_leaderboard(&plain[BOARD_LEADERBOARD_TEAMS], TEAMS, tie, division);
    write_timeline(&plain[BOARD_TIMELINE], USERS, division);
    write_timeline(&plain[BOARD_TIMELINE_TEAMS], TEAMS, division);
    for (enum board board = 0; board < BOARD_CTFTIME; board++)
        assert_same(&documents[board], &plain[board]);
}

static void random_competitions_come_out_as_by_the_plain_rules(void **state)
{
    (void)state;
    srandom(20260124);
    for (int round = 0; round < COMPETITIONS; round++) {
        enum tie_rule tie = (enum tie_rule)(round % TIE_RULE_COUNT);
        any_competition(2 + round % 13);
        wanted_division = below(3);
        build(tie);
        assert_all_same(json, tie, ALL);
        if (find_division(wanted_division))
            assert_all_same(division_json, tie, wanted_division);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(random_competitions_come_out_as_by_the_plain_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
