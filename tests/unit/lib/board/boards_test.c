/*
 * Every rule of the boards once, on competitions small enough to see what should come out. Random
 * ones: boards_random_test.c here, and tests/integration/boards.bats against SQL.
 */
#include "lib/board/boards.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/lib/board/competition.h"

#define NOON "2026-01-24T12:00:00Z"

/* --- Boards, written short -------------------------------------------------------------------- */

static const cJSON *field(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_non_null(value);
    return value;
}

/* An entry's or a row's, of whichever league. */
static const char *name_of(const cJSON *object)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(object, "username");

    return (name ? name : field(object, "team_name"))->valuestring;
}

/* "ann 800 1* 2; bob 0": scores and solved challenges, first bloods with a star. */
static void shorten_leaderboard(const cJSON *board, struct buffer *out)
{
    const cJSON *entry, *solve;

    cJSON_ArrayForEach(entry, field(board, "entries"))
    {
        buffer_printf(out, "%s%s %.0f", out->len > 0 ? "; " : "", name_of(entry),
                      field(entry, "score")->valuedouble);
        cJSON_ArrayForEach(solve, field(entry, "solves"))
            buffer_printf(out, " %.0f%s", field(solve, "challenge_id")->valuedouble,
                          cJSON_IsTrue(field(solve, "is_first_blood")) ? "*" : "");
    }
}

/* "2026-01-24T12:00:00Z ann 800/2; ...": points and how many challenges gave them. */
static void shorten_timeline(const cJSON *board, struct buffer *out)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, field(board, "submissions")) buffer_printf(
        out, "%s%s %s %.0f/%.0f", out->len > 0 ? "; " : "", field(row, "timestamp")->valuestring,
        name_of(row), field(row, "points")->valuedouble,
        field(row, "challenge_count")->valuedouble);
}

static void assert_short(enum board board, const char *expected)
{
    bool timeline = board == BOARD_TIMELINE || board == BOARD_TIMELINE_TEAMS;
    cJSON *parsed = cJSON_ParseWithLength(json[board].data, json[board].len);
    struct buffer out = {0};

    assert_non_null(parsed);
    (timeline ? shorten_timeline : shorten_leaderboard)(parsed, &out);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    buffer_release(&out);
    cJSON_Delete(parsed);
}

static void assert_leaders(const char *users, const char *teams)
{
    assert_short(BOARD_LEADERBOARD, users);
    assert_short(BOARD_LEADERBOARD_TEAMS, teams);
}

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
    add_challenge(
        &(struct challenge){
            .id = 1, .initial = 500, .minimum = 100, .dynamic = true, .breaks_ties = true},
        "c");
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
    add_challenge(
        &(struct challenge){
            .id = 1, .initial = 500, .minimum = 100, .dynamic = true, .breaks_ties = true},
        "c");
    add_user(1, "ann", 77);
    add_user(2, "bob", 77);
    add_solve(1, 1, at(NOON));
    build(TIE_FIRST_TO_REACH);
    assert_leaders("ann 400 1*; bob 0", "");
}

static void solves_of_the_hidden_count_nowhere(void **state)
{
    (void)state;
    add_challenge(
        &(struct challenge){
            .id = 1, .initial = 500, .minimum = 100, .dynamic = true, .breaks_ties = true},
        "c");
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
    add_challenge(
        &(struct challenge){
            .id = 1, .initial = 500, .minimum = 100, .dynamic = true, .breaks_ties = true},
        "c");
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
    add_challenge(
        &(struct challenge){
            .id = 1, .initial = 500, .minimum = 100, .dynamic = true, .breaks_ties = true},
        "c");
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

/* --- Awards ----------------------------------------------------------------------------------- */

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

/* --- Ties ------------------------------------------------------------------------------------- */

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

/* --- Timelines -------------------------------------------------------------------------------- */

static void an_interval_begins_at_its_first_microsecond(void **state)
{
    (void)state;
    for (int64_t challenge = 1; challenge <= 5; challenge++)
        add_static(challenge, 100);
    add_user(1, "ann", ALONE);
    add_solve(1, 1, at("2026-01-24T12:00:00Z"));
    add_solve(1, 2, at("2026-01-24T12:09:59.999999Z"));
    add_solve(1, 3, at("2026-01-24T12:10:00Z"));
    add_solve(1, 4, at("1969-12-31T23:59:59.999999Z"));
    add_solve(1, 5, at("1969-12-31T23:50:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "1969-12-31T23:50:00Z ann 200/2; 2026-01-24T12:00:00Z ann 200/2; "
                                 "2026-01-24T12:10:00Z ann 100/1");
}

static void rows_are_ordered_by_time_then_id_even_years_apart(void **state)
{
    (void)state;
    add_static(1, 100);
    add_static(2, 50);
    add_user(2, "bob", ALONE);
    add_user(1, "ann", ALONE);
    add_solve(2, 2, at("2031-06-01T00:00:00Z"));
    add_solve(2, 1, at("1999-06-01T00:05:00Z"));
    add_solve(1, 1, at("1999-06-01T00:09:00Z"));
    add_solve(1, 2, at("2007-03-01T00:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "1999-06-01T00:00:00Z ann 100/1; 1999-06-01T00:00:00Z bob 100/1; "
                                 "2007-03-01T00:00:00Z ann 50/1; 2031-06-01T00:00:00Z bob 50/1");
}

static void points_are_at_todays_value(void **state)
{
    struct challenge c = {.id = 1,
                          .initial = 500,
                          .minimum = 100,
                          .has_decay = true,
                          .decay = 4,
                          .dynamic = true,
                          .breaks_ties = true};

    (void)state;
    add_challenge(&c, "c");
    add_user(1, "ann", ALONE);
    add_user(2, "bob", ALONE);
    add_solve(1, 1, at("2026-01-24T12:00:00Z"));
    add_solve(2, 1, at("2026-01-24T18:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "2026-01-24T12:00:00Z ann 400/1; 2026-01-24T18:00:00Z bob 400/1");
}

/* --- CTFtime ---------------------------------------------------------------------------------- */

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

#define test(name) cmocka_unit_test_setup_teardown(name, competition_begin, competition_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(without_rows_there_are_empty_boards),
        test(one_solve_is_on_all_four_boards),
        test(lists_are_separated_and_ordered_by_id),
        test(names_are_harmless_text),
        test(any_id_and_the_ends_of_time_are_written),
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
        test(what_is_said_of_the_competition_comes_first),
        test(entries_name_their_division_if_there_is_such),
        test(a_division_has_boards_of_its_own_at_the_same_worth),
        test(a_users_award_is_the_teams_too_but_not_the_reverse),
        test(awards_of_the_hidden_and_of_nobody_count_nowhere),
        test(an_award_that_names_a_team_is_that_teams_whoever_its_user_is),
        test(awards_stand_on_the_boards_by_time_then_points),
        test(many_awards_do_not_overflow_a_score),
        test(a_tie_goes_to_whoever_reached_the_score_first),
        test(what_is_worth_nothing_does_not_delay_a_tie),
        test(those_who_reached_nothing_come_last_by_id),
        test(the_platforms_own_tie_comes_before_the_rule),
        test(a_challenge_may_be_exempt_from_ties),
        test(those_who_share_a_rank_are_ordered_as_without),
        test(the_reference_rule_ranks_users_by_id_and_teams_by_name),
        test(an_interval_begins_at_its_first_microsecond),
        test(rows_are_ordered_by_time_then_id_even_years_apart),
        test(points_are_at_todays_value),
        test(ctftime_gets_tasks_and_teams),
        test(ctftime_gets_users_where_there_are_no_teams_and_shared_places),
        test(ctftime_can_tell_tasks_of_one_title_apart),
        test(a_build_forgets_the_one_before),
        test(any_board_beyond_its_bound_is_an_error_and_the_next_build_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
