/* standings: who is ahead at the same score, as the boards show it. */
#include <string.h>

#include "tests/unit/lib/board/shorthand.h"

static void a_tie_goes_to_whoever_reached_the_score_first(void **state)
{
    (void)state;
    add_static(1, 100);
    add_static(2, 200);
    for (int64_t team = 1; team <= 3; team++)
        add_team(team, "t");
    add_user(1, "late", 1);
    add_user(2, "early", 2);
    add_user(3, "award", 3);
    add_solve(1, 2, at("2026-01-24T12:00:00Z"));
    add_solve(1, 1, at("2026-01-24T14:00:00Z"));
    add_solve(2, 1, at("2026-01-24T11:00:00Z"));
    add_solve(2, 2, at("2026-01-24T12:00:00Z"));
    add_solve(3, 2, at("2026-01-24T10:00:00Z"));
    add_award(&(struct award){
        .has_user = true, .user_id = 3, .points = 100, .awarded_at = at("2026-01-24T13:00:00Z")});
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_LEADERBOARD, "early 300 1* 2; award 300 2*; late 300 1 2");
}

static void what_is_worth_nothing_does_not_delay_a_tie(void **state)
{
    (void)state;
    add_static(1, 100);
    add_static(2, 0);
    add_static(3, -20);
    add_user(1, "none", ALONE);
    add_user(2, "ann", ALONE);
    add_user(3, "bob", ALONE);
    add_solve(1, 2, at("2020-01-01T00:00:00Z")); /* 0 points, without anything positive: last */
    add_award(&(struct award){
        .has_user = true, .user_id = 1, .points = 80, .awarded_at = at("2026-01-24T12:30:00Z")});
    add_solve(2, 1, at("2026-01-24T12:20:00Z"));
    add_solve(2, 3, at("2026-01-24T23:00:00Z"));
    add_solve(3, 1, at("2026-01-24T12:10:00Z"));
    add_solve(3, 2, at("2026-01-24T23:00:00Z"));
    add_award(&(struct award){
        .has_user = true, .user_id = 3, .points = -20, .awarded_at = at("2026-01-24T23:00:00Z")});
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_LEADERBOARD, "bob 80 1* 2; ann 80 1 3*; none 80 2*");
}

static void those_who_reached_nothing_come_last_by_id(void **state)
{
    (void)state;
    add_static(1, 100);
    add_user(3, "three", ALONE);
    add_user(1, "one", ALONE);
    add_user(2, "zero", ALONE);
    add_user(4, "four", ALONE);
    add_solve(4, 1, at(NOON)); /* and pays it all back: reached 0 once, hence before the others */
    add_award(&(struct award){.has_user = true, .user_id = 4, .points = -100});
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_LEADERBOARD, "four 0 1*; one 0; zero 0; three 0");
}

static void the_platforms_own_tie_comes_before_the_rule(void **state)
{
    (void)state;
    add_static(1, 100);
    add_user_row(&(struct user){.id = 1, .tie = NO_TIE}, "none");
    add_user_row(&(struct user){.id = 2, .tie = 2}, "two");
    add_user_row(&(struct user){.id = 3, .tie = 1}, "one");
    add_user_row(&(struct user){.id = 4, .tie = 2}, "too");
    add_solve(4, 1, at("2026-01-24T12:00:00Z"));
    add_solve(3, 1, at("2026-01-24T13:00:00Z"));
    add_solve(2, 1, at("2026-01-24T14:00:00Z"));
    add_solve(1, 1, at("2026-01-24T10:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("one 100 1; too 100 1; two 100 1; none 100 1*", "");
    assert_non_null(strstr(json[BOARD_LEADERBOARD].data, "\"competition\":{\"tie\":\"platform\"}"));
}

static void a_challenge_may_be_exempt_from_ties(void **state)
{
    (void)state;
    add_static(1, 100);
    add_challenge(&(struct challenge){.id = 2, .initial = 10}, "survey");
    add_user(1, "ann", ALONE);
    add_user(2, "bob", ALONE);
    add_user(3, "cid", ALONE);
    add_solve(1, 1, at("2026-01-24T13:00:00Z"));
    add_solve(1, 2, at("2026-01-24T14:00:00Z"));
    add_solve(2, 1, at("2026-01-24T12:00:00Z"));
    add_solve(2, 2, at("2026-01-24T20:00:00Z"));
    add_solve(3, 2, at("2026-01-24T12:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("bob 110 1* 2; ann 110 1 2; cid 10 2*", "");
    assert_non_null(strstr(json[BOARD_LEADERBOARD].data, "\"points\":10,\"breaks_ties\":false}"));
}

static void those_who_share_a_rank_are_ordered_as_without(void **state)
{
    (void)state;
    add_static(1, 100);
    add_user(1, "late", ALONE);
    add_user(2, "early", ALONE);
    add_solve(1, 1, at("2026-01-24T13:00:00Z"));
    add_solve(2, 1, at("2026-01-24T12:00:00Z"));
    build(TIE_SHARED);
    assert_leaders("early 100 1*; late 100 1", "");
}

static void the_reference_rule_ranks_users_by_id_and_teams_by_name(void **state)
{
    (void)state;
    add_static(1, 100);
    add_team(1, "b");
    add_team(2, "aa");
    add_team(3, "a");
    add_team(4, "B");
    add_team(5, "\xc3\xa4"); /* bytes, not letters */
    add_team(6, "");
    add_team(7, "a");
    add_user(1, "ann", 1);
    add_user(2, "bob", 2);
    add_solve(1, 1, at("2026-01-24T14:00:00Z"));
    add_solve(2, 1, at("2026-01-24T12:00:00Z"));
    build(TIE_REFERENCE);
    assert_leaders("ann 100 1; bob 100 1*", "aa 100 1*; b 100 1;  0; B 0; a 0; a 0; \xc3\xa4 0");
    build(TIE_FIRST_TO_REACH);
    assert_leaders("bob 100 1*; ann 100 1", "aa 100 1*; b 100 1; a 0; B 0; \xc3\xa4 0;  0; a 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_tie_goes_to_whoever_reached_the_score_first),
        test(what_is_worth_nothing_does_not_delay_a_tie),
        test(those_who_reached_nothing_come_last_by_id),
        test(the_platforms_own_tie_comes_before_the_rule),
        test(a_challenge_may_be_exempt_from_ties),
        test(those_who_share_a_rank_are_ordered_as_without),
        test(the_reference_rule_ranks_users_by_id_and_teams_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
