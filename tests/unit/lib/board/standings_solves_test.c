/* standings: whose a solve is, whether it counts, and what it is worth, as the boards show it. */
#include <string.h>

#include "tests/unit/lib/board/shorthand.h"

/* --- Who counts ------------------------------------------------------------------------------- */

static void those_without_solves_are_shown_too(void **state)
{
    (void)state;
    add_team(1, "empty");
    add_user(2, "idle", ALONE);
    build(TIE_FIRST_TO_REACH);
    assert_leaders("idle 0", "empty 0");
    assert_short(BOARD_TIMELINE, "");
}

static void of_a_users_solves_of_a_challenge_the_earliest_counts(void **state)
{
    (void)state;
    add_static(1, 300);
    add_user(1, "ann", ALONE);
    add_user(2, "bob", ALONE);
    add_solve(1, 1, at("2026-01-24T12:30:00Z"));
    add_solve(1, 1, at("2026-01-24T12:10:00Z"));
    add_solve(1, 1, at("2026-01-24T12:50:00Z"));
    add_solve(2, 1, at("2026-01-24T12:20:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 300 1*; bob 300 1", "");
    assert_short(BOARD_TIMELINE, "2026-01-24T12:10:00Z ann 300/1; 2026-01-24T12:20:00Z bob 300/1");
}

static void a_challenge_counts_once_for_a_team_at_its_earliest_members_time(void **state)
{
    (void)state;
    add_static(1, 300);
    add_team(1, "reds");
    add_user(1, "ann", 1);
    add_user(2, "bob", 1);
    add_solve(1, 1, at("2026-01-24T12:30:00Z"));
    add_solve(2, 1, at("2026-01-24T12:10:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("bob 300 1*; ann 300 1", "reds 300 1*");
    assert_short(BOARD_TIMELINE_TEAMS, "2026-01-24T12:10:00Z reds 300/1");
}

static void first_blood_at_one_time_is_the_lower_user_ids(void **state)
{
    (void)state;
    add_static(1, 300);
    add_team(1, "reds");
    add_team(2, "blues");
    add_user(8, "dan", 1);
    add_user(3, "cid", 2);
    add_user(5, "eve", 2);
    add_solve(8, 1, at(NOON));
    add_solve(5, 1, at(NOON));
    add_solve(3, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("cid 300 1*; eve 300 1; dan 300 1", "reds 300 1; blues 300 1*");
}

static void a_user_without_a_team_competes_alone(void **state)
{
    (void)state;
    /* Two competitors, reds and eve: without a decay both must solve it to bring it to its minimum;
     * reds' second member makes no third. */
    add_dynamic(1, 500, 100);
    add_team(1, "reds");
    add_user(1, "ann", 1);
    add_user(2, "bob", 1);
    add_user(3, "eve", ALONE);
    add_solve(1, 1, at(NOON));
    add_solve(2, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 400 1*; bob 400 1; eve 0", "reds 400 1*");
    for (enum board board = BOARD_LEADERBOARD; board <= BOARD_LEADERBOARD_TEAMS; board++)
        assert_non_null(strstr(json[board].data,
                               "\"points\":400,\"initial_points\":500,\"minimum_points\":100,"
                               "\"decay\":2,\"solvers\":1}"));
    assert_non_null(strstr(json[BOARD_LEADERBOARD].data, "\"username\":\"bob\",\"team_id\":1,"));
    assert_non_null(strstr(json[BOARD_LEADERBOARD].data, "\"username\":\"eve\",\"score\":0"));
    add_solve(3, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 100 1*; bob 100 1; eve 100 1", "reds 100 1*");
}

static void a_user_of_a_team_that_is_not_shown_competes_alone(void **state)
{
    (void)state;
    add_dynamic(1, 500, 100);
    add_user(1, "ann", 77);
    add_user(2, "bob", 77);
    add_solve(1, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 400 1*; bob 0", "");
}

static void solves_of_the_hidden_count_nowhere(void **state)
{
    (void)state;
    add_dynamic(1, 500, 100);
    add_team(1, "reds");
    add_user(1, "ann", 1);
    add_solve(99, 1, at("2026-01-24T11:00:00Z")); /* a user that is not shown */
    add_solve(1, 99, at("2026-01-24T11:00:00Z")); /* a challenge that is not shown */
    add_solve(1, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 100 1*", "reds 100 1*");
    assert_short(BOARD_TIMELINE, "2026-01-24T12:00:00Z ann 100/1");
}

static void of_rows_with_the_same_id_the_first_counts(void **state)
{
    (void)state;
    add_static(1, 300);
    add_static(1, 999);
    add_team(1, "reds");
    add_team(1, "blues");
    add_user(2, "ann", 1);
    add_user(1, "eve", ALONE);
    add_user(2, "bob", ALONE);
    add_solve(2, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 300 1*; eve 0", "reds 300 1*");
}

/* --- Solves that name a team, or points ------------------------------------------------------- */

static void a_solve_counts_for_the_team_that_it_names(void **state)
{
    (void)state;
    add_static(1, 300);
    add_team(1, "reds");
    add_team(2, "blues");
    add_user(1, "ann", 2); /* who was a red when she solved it */
    add_team_solve(1, 1, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 300 1*", "reds 300 1*; blues 0");
}

static void a_team_has_solves_of_members_who_are_not_shown_and_of_nobody(void **state)
{
    (void)state;
    add_dynamic(1, 500, 100);
    add_static(2, 50);
    add_team(1, "reds");
    add_team(2, "blues");
    add_user(1, "ann", 1);
    add_user(2, "bob", 2);
    add_team_solve(1, 99, 1, at("2026-01-24T11:00:00Z"));
    add_solve(1, 1, at(NOON)); /* the user's own, but not the team's earliest */
    add_solve_row(&(struct solve){.has_team = true,
                                  .team_id = 2,
                                  .challenge_id = 2,
                                  .solved_at = at(NOON),
                                  .points = NO_POINTS});
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 400 1; bob 0", "reds 400 1*; blues 50 2*");
    assert_short(BOARD_TIMELINE_TEAMS,
                 "2026-01-24T11:00:00Z reds 400/1; 2026-01-24T12:00:00Z blues 50/1");
}

static void a_solve_for_a_team_that_is_not_shown_is_its_users_alone(void **state)
{
    (void)state;
    add_static(1, 300);
    add_team(1, "reds");
    add_user(1, "ann", 1);
    add_team_solve(99, 1, 1, at(NOON));
    add_team_solve(99, 98, 1, at("2026-01-24T11:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 300 1*", "reds 0");
}

/* At one time: by user, nobody last; then by team. */
static void first_blood_is_a_users_before_nobodys_and_the_lower_teams(void **state)
{
    (void)state;
    add_static(1, 300);
    add_static(2, 300);
    add_team(1, "reds");
    add_team(2, "blues");
    add_user(1, "ann", 2);
    add_team_solve(1, 99, 1, at(NOON));
    add_solve(1, 1, at(NOON));
    add_team_solve(2, 99, 2, at(NOON));
    add_team_solve(1, 98, 2, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 300 1*", "reds 600 1 2*; blues 600 1* 2");
}

static void a_solve_may_have_points_of_its_own(void **state)
{
    (void)state;
    add_static(1, 100);
    add_user(1, "ann", ALONE);
    add_user(2, "bob", ALONE);
    add_solve_row(&(struct solve){
        .has_user = true, .user_id = 1, .challenge_id = 1, .solved_at = at(NOON), .points = 130});
    add_solve_row(&(struct solve){
        .has_user = true, .user_id = 2, .challenge_id = 1, .solved_at = at(NOON), .points = 100});
    build(TIE_FIRST_TO_REACH);
    assert_board(
        BOARD_LEADERBOARD,
        "{\"challenges\":[{\"id\":1,\"title\":\"c\",\"category\":\"Pwn\",\"points\":100}],"
        "\"entries\":[{\"user_id\":1,\"username\":\"ann\",\"score\":130,\"solves\":[{"
        "\"challenge_id\":1,\"solved_at\":\"2026-01-24T12:00:00Z\",\"is_first_blood\":true,"
        "\"points\":130}]},{\"user_id\":2,\"username\":\"bob\",\"score\":100,\"solves\":[{"
        "\"challenge_id\":1,\"solved_at\":\"2026-01-24T12:00:00Z\",\"is_first_blood\":false}]}]}");
    assert_short(BOARD_TIMELINE, "2026-01-24T12:00:00Z ann 130/1; 2026-01-24T12:00:00Z bob 100/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(those_without_solves_are_shown_too),
        test(of_a_users_solves_of_a_challenge_the_earliest_counts),
        test(a_challenge_counts_once_for_a_team_at_its_earliest_members_time),
        test(first_blood_at_one_time_is_the_lower_user_ids),
        test(a_user_without_a_team_competes_alone),
        test(a_user_of_a_team_that_is_not_shown_competes_alone),
        test(solves_of_the_hidden_count_nowhere),
        test(of_rows_with_the_same_id_the_first_counts),
        test(a_solve_counts_for_the_team_that_it_names),
        test(a_team_has_solves_of_members_who_are_not_shown_and_of_nobody),
        test(a_solve_for_a_team_that_is_not_shown_is_its_users_alone),
        test(first_blood_is_a_users_before_nobodys_and_the_lower_teams),
        test(a_solve_may_have_points_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
