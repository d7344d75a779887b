/* ctftime: what CTFtime would import. */
#include "tests/unit/lib/board/shorthand.h"

static void ctftime_gets_tasks_and_teams(void **state)
{
    (void)state;
    add_challenge(&(struct challenge){.id = 2, .initial = 300, .breaks_ties = true}, "pwn & co");
    add_static(1, 100);
    add_team(7, "reds");
    add_team(8, "idle");
    add_user(1, "ann", 7);
    add_solve(1, 2, at("2026-02-27T18:00:00.9Z"));
    add_solve(1, 1, at("1969-12-31T23:59:58.5Z"));
    add_award(&(struct award){.has_team = true, .team_id = 7, .points = -50});
    build(TIE_FIRST_TO_REACH);
    assert_board(
        BOARD_CTFTIME,
        "{\"tasks\":[\"c\",\"pwn \\u0026 co\"],\"standings\":[{\"pos\":1,\"team\":\"reds\","
        "\"score\":350,\"taskStats\":{\"c\":{\"points\":100,\"time\":-2},"
        "\"pwn \\u0026 co\":{\"points\":300,\"time\":1772215200}},\"lastAccept\":1772215200},"
        "{\"pos\":2,\"team\":\"idle\",\"score\":0,\"taskStats\":{}}]}");
}

static void ctftime_gets_users_where_there_are_no_teams_and_shared_places(void **state)
{
    (void)state;
    for (int64_t user = 1; user <= 3; user++)
        add_user(user, "u", ALONE);
    add_award(&(struct award){.has_user = true, .user_id = 3, .points = -1});
    build(TIE_SHARED);
    assert_board(BOARD_CTFTIME, "{\"tasks\":[],\"standings\":["
                                "{\"pos\":1,\"team\":\"u\",\"score\":0,\"taskStats\":{}},"
                                "{\"pos\":1,\"team\":\"u\",\"score\":0,\"taskStats\":{}},"
                                "{\"pos\":3,\"team\":\"u\",\"score\":-1,\"taskStats\":{}}]}");
}

static void ctftime_can_tell_tasks_of_one_title_apart(void **state)
{
    static const char *const titles[] = {"b", "a", "a", "a (#3)", "a", "", ""};

    (void)state;
    for (int64_t id = 1; id <= 7; id++)
        add_challenge(&(struct challenge){.id = id}, titles[id - 1]);
    build(TIE_FIRST_TO_REACH);
    assert_board(BOARD_CTFTIME,
                 "{\"tasks\":[\"b\",\"a\",\"a (#3)\",\"a (#3) (#4)\",\"a (#5)\",\"\","
                 "\" (#7)\"],\"standings\":[]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(ctftime_gets_tasks_and_teams),
        test(ctftime_gets_users_where_there_are_no_teams_and_shared_places),
        test(ctftime_can_tell_tasks_of_one_title_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
