/* standings: whose an award is, and where it stands on the boards. */
#include "tests/unit/lib/board/shorthand.h"

static void a_users_award_is_the_teams_too_but_not_the_reverse(void **state)
{
    (void)state;
    add_team(1, "reds");
    add_team(2, "blues");
    add_user(1, "ann", 1);
    add_user(2, "bob", 1);
    add_user(3, "eve", ALONE);
    add_award(&(struct award){.has_user = true, .user_id = 1, .points = 50});
    add_award(&(struct award){.has_user = true, .user_id = 2, .points = -70});
    add_award(&(struct award){.has_user = true, .user_id = 3, .points = 5});
    add_award(&(struct award){.has_team = true, .team_id = 1, .points = -100});
    add_award(&(struct award){.has_team = true, .team_id = 2, .points = 30});
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 50; eve 5; bob -70", "blues 30; reds -120");
}

static void awards_of_the_hidden_and_of_nobody_count_nowhere(void **state)
{
    (void)state;
    add_team(1, "reds");
    add_user(1, "ann", ALONE);
    add_award(&(struct award){.has_user = true, .user_id = 99, .points = 50});
    add_award(&(struct award){.has_team = true, .team_id = 99, .points = 50});
    add_award(&(struct award){.user_id = 1, .team_id = 1, .points = 50});
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 0", "reds 0");
}

static void an_award_that_names_a_team_is_that_teams_whoever_its_user_is(void **state)
{
    (void)state;
    add_team(1, "reds");
    add_team(2, "blues");
    add_user(1, "ann", 2);
    add_award(&(struct award){
        .has_user = true, .user_id = 1, .has_team = true, .team_id = 1, .points = 7});
    add_award(&(struct award){
        .has_user = true, .user_id = 99, .has_team = true, .team_id = 1, .points = 20});
    add_award(&(struct award){
        .has_user = true, .user_id = 1, .has_team = true, .team_id = 99, .points = 100});
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 107", "reds 27; blues 0");
}

static void awards_stand_on_the_boards_by_time_then_points(void **state)
{
    (void)state;
    add_static(1, 300);
    add_team(7, "reds");
    add_solve(1, 1, at("2026-01-24T12:05:00Z"));
    add_user(1, "ann", 7);
    add_award(&(struct award){
        .has_user = true, .user_id = 1, .points = 5, .awarded_at = at("2026-01-24T12:30:00Z")});
    add_award(&(struct award){
        .has_user = true, .user_id = 1, .points = -50, .awarded_at = at("2026-01-24T12:30:00Z")});
    add_award(&(struct award){
        .has_team = true, .team_id = 7, .points = 20, .awarded_at = at("2026-01-24T12:00:00Z")});
    build(TIE_FIRST_TO_REACH);
    assert_board(
        BOARD_LEADERBOARD_TEAMS,
        "{\"challenges\":[{\"id\":1,\"title\":\"c\",\"category\":\"Pwn\",\"points\":300}],"
        "\"entries\":[{\"team_id\":7,\"team_name\":\"reds\",\"score\":275,\"solves\":[{"
        "\"challenge_id\":1,\"solved_at\":\"2026-01-24T12:05:00Z\",\"is_first_blood\":true}],"
        "\"awards\":[{\"points\":20,\"awarded_at\":\"2026-01-24T12:00:00Z\"},"
        "{\"points\":-50,\"awarded_at\":\"2026-01-24T12:30:00Z\"},"
        "{\"points\":5,\"awarded_at\":\"2026-01-24T12:30:00Z\"}]}]}");
    assert_short(BOARD_TIMELINE, "2026-01-24T12:00:00Z ann 300/1; 2026-01-24T12:30:00Z ann -45/0");
    assert_short(BOARD_TIMELINE_TEAMS,
                 "2026-01-24T12:00:00Z reds 320/1; 2026-01-24T12:30:00Z reds -45/0");
}

static void many_awards_do_not_overflow_a_score(void **state)
{
    (void)state;
    add_user(1, "ann", ALONE);
    for (int i = 0; i < 3; i++)
        add_award(&(struct award){.has_user = true, .user_id = 1, .points = INT32_MIN});
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann -6442450944", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_users_award_is_the_teams_too_but_not_the_reverse),
        test(awards_of_the_hidden_and_of_nobody_count_nowhere),
        test(an_award_that_names_a_team_is_that_teams_whoever_its_user_is),
        test(awards_stand_on_the_boards_by_time_then_points),
        test(many_awards_do_not_overflow_a_score),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
