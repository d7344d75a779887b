/*
 * boards: whole documents, of competitions small enough to see what should come out. The rules
 * behind them, each once: standings_*_test.c, timeline_test.c and ctftime_test.c. Random
 * competitions: boards_random_test.c, and tests/integration/boards.bats against SQL.
 */
#include "lib/board/boards.h"

#include "tests/unit/lib/board/shorthand.h"

/* --- Shapes ----------------------------------------------------------------------------------- */

static void without_rows_there_are_empty_boards(void **state)
{
    (void)state;
    build(TIE_FIRST_TO_REACH);
    assert_board(BOARD_LEADERBOARD, "{\"challenges\":[],\"entries\":[]}");
    assert_board(BOARD_LEADERBOARD_TEAMS, "{\"challenges\":[],\"entries\":[]}");
    assert_board(BOARD_TIMELINE, "{\"submissions\":[]}");
    assert_board(BOARD_TIMELINE_TEAMS, "{\"submissions\":[]}");
}

static void one_solve_is_on_all_four_boards(void **state)
{
    (void)state;
    add_challenge(&(struct challenge){.id = 1, .initial = 300, .breaks_ties = true}, "pwn-101");
    add_team(7, "team7");
    add_user(1, "user1", 7);
    add_solve(1, 1, at("2026-01-24T12:09:59.250Z"));
    build(TIE_FIRST_TO_REACH);
    assert_board(
        BOARD_LEADERBOARD,
        "{\"challenges\":[{\"id\":1,\"title\":\"pwn-101\",\"category\":\"Pwn\",\"points\":300}],"
        "\"entries\":[{\"user_id\":1,\"username\":\"user1\",\"team_id\":7,\"score\":300,\"solves\":"
        "[{"
        "\"challenge_id\":1,\"solved_at\":\"2026-01-24T12:09:59.25Z\",\"is_first_blood\":true}]}]"
        "}");
    assert_board(
        BOARD_LEADERBOARD_TEAMS,
        "{\"challenges\":[{\"id\":1,\"title\":\"pwn-101\",\"category\":\"Pwn\",\"points\":300}],"
        "\"entries\":[{\"team_id\":7,\"team_name\":\"team7\",\"score\":300,\"solves\":[{"
        "\"challenge_id\":1,\"solved_at\":\"2026-01-24T12:09:59.25Z\",\"is_first_blood\":true}]}]"
        "}");
    assert_board(BOARD_TIMELINE,
                 "{\"submissions\":[{\"timestamp\":\"2026-01-24T12:00:00Z\",\"user_id\":1,"
                 "\"username\":\"user1\",\"points\":300,\"challenge_count\":1}]}");
    assert_board(BOARD_TIMELINE_TEAMS,
                 "{\"submissions\":[{\"timestamp\":\"2026-01-24T12:00:00Z\",\"team_id\":7,"
                 "\"team_name\":\"team7\",\"points\":300,\"challenge_count\":1}]}");
}

static void lists_are_separated_and_ordered_by_id(void **state)
{
    (void)state;
    add_static(2, 20);
    add_static(1, 10);
    add_user(1, "user1", ALONE);
    add_solve(1, 2, at(NOON));
    add_solve(1, 1, at("2026-01-24T12:00:01Z"));
    build(TIE_FIRST_TO_REACH);
    assert_board(
        BOARD_LEADERBOARD,
        "{\"challenges\":[{\"id\":1,\"title\":\"c\",\"category\":\"Pwn\",\"points\":10},"
        "{\"id\":2,\"title\":\"c\",\"category\":\"Pwn\",\"points\":20}],"
        "\"entries\":[{\"user_id\":1,\"username\":\"user1\",\"score\":30,\"solves\":["
        "{\"challenge_id\":1,\"solved_at\":\"2026-01-24T12:00:01Z\",\"is_first_blood\":true},"
        "{\"challenge_id\":2,\"solved_at\":\"2026-01-24T12:00:00Z\","
        "\"is_first_blood\":true}]}]}");
}

static void names_are_harmless_text(void **state)
{
    (void)state;
    add_team(1, "</script>");
    add_user(1, "\xf0\x9f\x9a\xa9 \"\\\n\xff", 1);
    build(TIE_FIRST_TO_REACH);
    assert_board(
        BOARD_LEADERBOARD,
        "{\"challenges\":[],\"entries\":[{\"user_id\":1,\"username\":"
        "\"\xf0\x9f\x9a\xa9 \\\"\\\\\\n\xef\xbf\xbd\",\"team_id\":1,\"score\":0,\"solves\":[]}]}");
    assert_board(BOARD_LEADERBOARD_TEAMS,
                 "{\"challenges\":[],\"entries\":[{\"team_id\":1,\"team_name\":"
                 "\"\\u003c/script\\u003e\",\"score\":0,\"solves\":[]}]}");
}

static void any_id_and_the_ends_of_time_are_written(void **state)
{
    (void)state;
    add_static(INT64_MIN, 1);
    add_user(INT64_MAX, "ann", ALONE);
    add_user(INT64_MIN, "bob", ALONE);
    add_solve(INT64_MAX, INT64_MIN, TIMESTAMP_LATEST);
    add_solve(INT64_MIN, INT64_MIN, TIMESTAMP_EARLIEST);
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "0001-01-01T00:00:00Z bob 1/1; 9999-12-31T23:50:00Z ann 1/1");
    assert_board(
        BOARD_LEADERBOARD,
        "{\"challenges\":[{\"id\":-9223372036854775808,\"title\":\"c\",\"category\":\"Pwn\","
        "\"points\":1}],\"entries\":[{\"user_id\":-9223372036854775808,\"username\":\"bob\","
        "\"score\":1,\"solves\":[{\"challenge_id\":-9223372036854775808,"
        "\"solved_at\":\"0001-01-01T00:00:00Z\",\"is_first_blood\":true}]},"
        "{\"user_id\":9223372036854775807,\"username\":\"ann\",\"score\":1,\"solves\":[{"
        "\"challenge_id\":-9223372036854775808,\"solved_at\":\"9999-12-31T23:59:59.999999Z\","
        "\"is_first_blood\":false}]}]}");
}

/* --- The competition and its divisions -------------------------------------------------------- */

static void what_is_said_of_the_competition_comes_first(void **state)
{
    struct competition c = {.starts_at = at("2026-01-24T12:00:00Z"),
                            .freezes_at = at("2026-01-24T17:00:00.5Z"),
                            .ends_at = at("2026-01-24T18:00:00Z"),
                            .frozen = true};
    struct err err;

    (void)state;
    assert_int_equal(dataset_set_competition(&competition, &c, bytes_of("Cup & Co"), &err), 0);
    build(TIE_SHARED);
    assert_board(BOARD_LEADERBOARD,
                 "{\"competition\":{\"name\":\"Cup \\u0026 Co\","
                 "\"starts_at\":\"2026-01-24T12:00:00Z\",\"freezes_at\":\"2026-01-24T17:00:00.5Z\","
                 "\"ends_at\":\"2026-01-24T18:00:00Z\",\"frozen\":true,\"tie\":\"shared\"},"
                 "\"challenges\":[],\"entries\":[]}");
    assert_board(BOARD_TIMELINE, "{\"submissions\":[]}");
    dataset_clear(&competition);
    build(TIE_REFERENCE);
    assert_board(BOARD_LEADERBOARD_TEAMS,
                 "{\"competition\":{\"tie\":\"reference\"},\"challenges\":[],\"entries\":[]}");
}

static void entries_name_their_division_if_there_is_such(void **state)
{
    (void)state;
    add_division(2, "open");
    add_division(1, "students");
    add_user_row(&(struct user){.id = 1, .has_division = true, .division_id = 2, .tie = NO_TIE},
                 "ann");
    add_user_row(&(struct user){.id = 2, .has_division = true, .division_id = 9, .tie = NO_TIE},
                 "bob");
    add_team_row(&(struct team){.id = 3, .has_division = true, .division_id = 1, .tie = NO_TIE},
                 "reds");
    build(TIE_FIRST_TO_REACH);
    assert_board(BOARD_LEADERBOARD,
                 "{\"divisions\":[{\"id\":1,\"name\":\"students\"},{\"id\":2,\"name\":\"open\"}],"
                 "\"challenges\":[],\"entries\":["
                 "{\"user_id\":1,\"username\":\"ann\",\"division_id\":2,\"score\":0,\"solves\":[]},"
                 "{\"user_id\":2,\"username\":\"bob\",\"score\":0,\"solves\":[]}]}");
    assert_board(BOARD_LEADERBOARD_TEAMS,
                 "{\"divisions\":[{\"id\":1,\"name\":\"students\"},{\"id\":2,\"name\":\"open\"}],"
                 "\"challenges\":[],\"entries\":["
                 "{\"team_id\":3,\"team_name\":\"reds\",\"division_id\":1,\"score\":0,"
                 "\"solves\":[]}]}");
}

static void a_division_has_boards_of_its_own_at_the_same_worth(void **state)
{
    (void)state;
    wanted_division = 2;
    add_division(1, "students");
    add_division(2, "open");
    add_dynamic(1, 500, 100);
    for (int64_t user = 1; user <= 4; user++) {
        add_user_row(
            &(struct user){
                .id = user, .has_division = true, .division_id = 1 + user % 2, .tie = NO_TIE},
            user % 2 ? "open" : "student");
        add_solve(user, 1, at(NOON) - user);
    }
    build(TIE_FIRST_TO_REACH);
    assert_leaders("student 100 1*; open 100 1; student 100 1; open 100 1", "");
    assert_division(
        BOARD_LEADERBOARD,
        "{\"divisions\":[{\"id\":1,\"name\":\"students\"},{\"id\":2,\"name\":\"open\"}],"
        "\"challenges\":[{\"id\":1,\"title\":\"c\",\"category\":\"Pwn\",\"points\":100,"
        "\"initial_points\":500,\"minimum_points\":100,\"decay\":4,\"solvers\":4}],"
        "\"entries\":[{\"user_id\":3,\"username\":\"open\",\"division_id\":2,\"score\":100,"
        "\"solves\":[{\"challenge_id\":1,\"solved_at\":\"2026-01-24T11:59:59.999997Z\","
        "\"is_first_blood\":false}]},{\"user_id\":1,\"username\":\"open\",\"division_id\":2,"
        "\"score\":100,\"solves\":[{\"challenge_id\":1,"
        "\"solved_at\":\"2026-01-24T11:59:59.999999Z\",\"is_first_blood\":false}]}]}");
    assert_division(BOARD_TIMELINE,
                    "{\"submissions\":[{\"timestamp\":\"2026-01-24T11:50:00Z\",\"user_id\":1,"
                    "\"username\":\"open\","
                    "\"points\":100,\"challenge_count\":1},{\"timestamp\":\"2026-01-24T11:50:00Z\","
                    "\"user_id\":3,"
                    "\"username\":\"open\",\"points\":100,\"challenge_count\":1}]}");
    assert_division(BOARD_TIMELINE_TEAMS, "{\"submissions\":[]}");
}

/* --- Memory ----------------------------------------------------------------------------------- */

static void a_build_forgets_the_one_before(void **state)
{
    (void)state;
    for (int64_t id = 1; id <= 2000; id++) {
        add_static(id, 100);
        add_user(id, "somebody", ALONE);
        for (int64_t challenge = id; challenge > id - 20; challenge--)
            add_solve(id, challenge, at(NOON) + id * 1000000);
    }
    build(TIE_FIRST_TO_REACH);
    dataset_clear(&competition);
    one_solve_is_on_all_four_boards(state);
    dataset_clear(&competition);
    without_rows_there_are_empty_boards(state);
}

static void any_board_beyond_its_bound_is_an_error_and_the_next_build_works(void **state)
{
    struct err err;

    (void)state;
    add_user(1, "ann", ALONE);
    for (enum board board = 0; board < BOARD_COUNT; board++) {
        buffer_release(&json[board]);
        json[board].max = 10;
        assert_int_equal(boards_build(boards, &competition, crew_run, &sink, &err), -1);
        json[board].max = 0;
    }
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 0", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(without_rows_there_are_empty_boards),
        test(one_solve_is_on_all_four_boards),
        test(lists_are_separated_and_ordered_by_id),
        test(names_are_harmless_text),
        test(any_id_and_the_ends_of_time_are_written),
        test(what_is_said_of_the_competition_comes_first),
        test(entries_name_their_division_if_there_is_such),
        test(a_division_has_boards_of_its_own_at_the_same_worth),
        test(a_build_forgets_the_one_before),
        test(any_board_beyond_its_bound_is_an_error_and_the_next_build_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
