#include "lib/board/copy.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/timestamp.h"
#include "tests/unit/unit.h"

static struct dataset data;
static struct buffer stream; /* as PostgreSQL would send it */

static int begin(void **state)
{
    (void)state;
    dataset_init(&data);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dataset_release(&data);
    buffer_release(&stream);
    return 0;
}

/* --- Writing the format ----------------------------------------------------------------------- */

static void put16(int16_t n)
{
    uint16_t wire = htobe16((uint16_t)n);
    buffer_append(&stream, &wire, sizeof wire);
}

static void put32(uint32_t n)
{
    uint32_t wire = htobe32(n);
    buffer_append(&stream, &wire, sizeof wire);
}

static void put_header(void)
{
    buffer_append(&stream, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
}

static void put_trailer(void)
{
    put16(-1);
}

static void put_null(void)
{
    put32(UINT32_MAX);
}

static void put_text(const char *text)
{
    put32((uint32_t)strlen(text));
    buffer_append_text(&stream, text);
}

static void put_bool(bool b)
{
    put32(1);
    buffer_append_char(&stream, (char)b);
}

static void put_int4(int32_t n)
{
    put32(4);
    put32((uint32_t)n);
}

static void put_int8(int64_t n)
{
    uint64_t wire = htobe64((uint64_t)n);
    put32(8);
    buffer_append(&stream, &wire, sizeof wire);
}

static void put_competition(const char *tie_rule)
{
    put16(6);
    put_text("Cup");
    put_int8(0), put_null(), put_int8(1);
    put_bool(true);
    put_text(tie_rule);
}

static void put_division(int64_t id, const char *name)
{
    put16(2), put_int8(id), put_text(name);
}

static void put_challenge(int64_t id, bool has_decay)
{
    put16(8);
    put_int8(id);
    put_text("pwn-101");
    put_text("Pwn");
    put_text("dynamic");
    put_int4(500);
    put_int4(-100);
    if (has_decay)
        put_int4(50), put_bool(false);
    else
        put_null(), put_null();
}

static void put_team(int64_t id, const char *name)
{
    put16(4), put_int8(id), put_text(name), put_null(), put_null();
}

static void put_users(void)
{
    put16(5), put_int8(5), put_text("ann"), put_int8(2), put_int8(3), put_int8(4);
    put16(5), put_int8(6), put_text("eve"), put_null(), put_null(), put_null();
}

static void put_solve(int64_t user, int64_t challenge, int64_t since_2000)
{
    put16(5), put_int8(user), put_null(), put_int8(challenge), put_int8(since_2000), put_null();
}

static void put_team_solve(int64_t team, int64_t challenge, int32_t points)
{
    put16(5), put_null(), put_int8(team), put_int8(challenge), put_int8(0), put_int4(points);
}

/* --- Reading it ------------------------------------------------------------------------------- */

/* The whole stream in one chunk. */
static int decode(enum copy_function function, struct err *err)
{
    struct copy_decoder c;

    copy_begin(&c, function, &data);
    if (copy_decode(&c, stream.data, stream.len, err) < 0)
        return -1;
    return copy_end(&c, err);
}

static void assert_decodes(enum copy_function function)
{
    struct err err = {""};
    int status = decode(function, &err);

    assert_string_equal(err.text, "");
    assert_int_equal(status, 0);
}

static void assert_refused(enum copy_function function, const char *why)
{
    struct err err = {""};

    assert_int_equal(decode(function, &err), -1);
    assert_string_equal(err.text, why);
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(data.pool.data + text.offset, expected, text.len);
}

static void the_competition_is_read(void **state)
{
    (void)state;
    put_header();
    put_competition("reference");
    put_trailer();
    assert_decodes(FUNCTION_COMPETITION);
    assert_text(data.competition.name, "Cup");
    assert_int_equal(data.competition.starts_at, INT64_C(946684800000000));
    assert_int_equal(data.competition.freezes_at, NEVER);
    assert_int_equal(data.competition.ends_at, INT64_C(946684800000001));
    assert_true(data.competition.visible);
    assert_int_equal(data.competition.tie_rule, TIE_REFERENCE);
}

static void a_tie_rule_that_nobody_knows_is_the_first(void **state)
{
    (void)state;
    put_header();
    put_competition("by weight");
    put_trailer();
    assert_decodes(FUNCTION_COMPETITION);
    assert_int_equal(data.competition.tie_rule, TIE_FIRST_TO_REACH);
}

static void divisions_are_read(void **state)
{
    (void)state;
    put_header();
    put_division(0, "nobody's");
    put_division(-1, "nobody's");
    put_division(3, "students");
    put_division(DIVISION_ID_MAX + 1, "nobody's");
    put_trailer();
    assert_decodes(FUNCTION_DIVISIONS);
    assert_int_equal(data.ndivisions, 1);
    assert_int_equal(data.divisions[0].id, 3);
    assert_text(data.divisions[0].name, "students");
}

static void challenges_are_read(void **state)
{
    (void)state;
    put_header();
    put_challenge(1, true);
    put_challenge(-2, false);
    put_trailer();
    assert_decodes(FUNCTION_CHALLENGES);
    assert_int_equal(data.nchallenges, 2);
    assert_int_equal(data.challenges[0].id, 1);
    assert_text(data.challenges[0].title, "pwn-101");
    assert_text(data.challenges[0].category, "Pwn");
    assert_true(data.challenges[0].dynamic);
    assert_int_equal(data.challenges[0].initial, 500);
    assert_int_equal(data.challenges[0].minimum, -100);
    assert_true(data.challenges[0].has_decay);
    assert_int_equal(data.challenges[0].decay, 50);
    assert_false(data.challenges[0].breaks_ties);
    assert_int_equal(data.challenges[1].id, -2);
    assert_true(data.challenges[1].breaks_ties);
    assert_false(data.challenges[1].has_decay);
}

static void teams_and_users_are_read(void **state)
{
    (void)state;
    put_header();
    put_team(INT64_MAX, "");
    put_team(2, "\xf0\x9f\x9a\xa9");
    put_trailer();
    assert_decodes(FUNCTION_TEAMS);
    assert_int_equal(data.nteams, 2);
    assert_int_equal(data.teams[0].id, INT64_MAX);
    assert_text(data.teams[0].name, "");
    assert_text(data.teams[1].name, "\xf0\x9f\x9a\xa9");

    buffer_clear(&stream);
    put_header();
    put_users();
    put_trailer();
    assert_decodes(FUNCTION_USERS);
    assert_int_equal(data.nusers, 2);
    assert_text(data.users[0].name, "ann");
    assert_true(data.users[0].has_team);
    assert_int_equal(data.users[0].team_id, 2);
    assert_true(data.users[0].has_division);
    assert_int_equal(data.users[0].division_id, 3);
    assert_int_equal(data.users[0].tie, 4);
    assert_false(data.users[1].has_team || data.users[1].has_division);
    assert_int_equal(data.users[1].tie, NO_TIE);
}

static void times_are_counted_from_1970_and_clamped(void **state)
{
    static const int64_t times[][2] = {
        {0, INT64_C(946684800000000)},     {INT64_C(-946684800000001), -1},
        {INT64_MIN, TIMESTAMP_EARLIEST}, /* -infinity */
        {INT64_MAX, TIMESTAMP_LATEST},   /* infinity */
        {INT64_MAX - 1, TIMESTAMP_LATEST},
    };

    (void)state;
    put_header();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        put_solve(1, 2, times[i][0]);
    put_trailer();
    assert_decodes(FUNCTION_SOLVES);
    assert_int_equal(data.nsolves, sizeof times / sizeof *times);
    for (size_t i = 0; i < data.nsolves; i++) {
        assert_int_equal(data.solves[i].user_id, 1);
        assert_int_equal(data.solves[i].challenge_id, 2);
        assert_int_equal(data.solves[i].solved_at, times[i][1]);
    }
}

static void solves_of_users_and_of_teams_are_read(void **state)
{
    (void)state;
    put_header();
    put_solve(1, 2, 0);
    put_team_solve(7, 3, -20);
    put_trailer();
    assert_decodes(FUNCTION_SOLVES);
    assert_true(data.solves[0].has_user && !data.solves[0].has_team);
    assert_int_equal(data.solves[0].points, NO_POINTS);
    assert_true(!data.solves[1].has_user && data.solves[1].has_team);
    assert_int_equal(data.solves[1].team_id, 7);
    assert_int_equal(data.solves[1].points, -20);
}

static void rows_without_what_names_them_are_left_out(void **state)
{
    (void)state;
    put_header();
    put16(4), put_null(), put_text("no id"), put_null(), put_null();
    put_team(2, "blues");
    put_trailer();
    assert_decodes(FUNCTION_TEAMS);
    assert_int_equal(data.nteams, 1);
    assert_int_equal(data.teams[0].id, 2);

    buffer_clear(&stream);
    put_header();
    put16(5), put_int8(1), put_null(), put_null(), put_int8(0), put_null();
    put16(5), put_int8(1), put_null(), put_int8(2), put_null(), put_null();
    put_trailer();
    assert_decodes(FUNCTION_SOLVES);
    assert_int_equal(data.nsolves, 0);
}

/* Two bytes each, three for the mark. */
static void long_texts_are_cut_between_characters_and_say_so(void **state)
{
    char name[2 * 300 + 1] = "";

    (void)state;
    for (int i = 0; i < 300; i++)
        memcpy(name + 2 * i, "\xc3\xa4", 3);
    put_header();
    put_team(1, name);
    put_team(2, name + 2 * 45);
    put_team(3, name + 2 * 44);
    put_trailer();
    assert_decodes(FUNCTION_TEAMS);
    assert_int_equal(data.teams[0].name.len, 2 * 255 + 3);
    assert_memory_equal(data.pool.data + data.teams[0].name.offset + 508, "\xc3\xa4\xe2\x80\xa6",
                        5);
    assert_text(data.teams[1].name, name + 2 * 45);
    assert_int_equal(data.teams[2].name.len, 2 * 255 + 3);
}

/* --- Asking for it ---------------------------------------------------------------------------- */

static void assert_asks(enum copy_function function, int64_t until, const char *words)
{
    buffer_clear(&stream);
    copy_statement(&stream, function, until);
    buffer_append(&stream, "", 1);
    assert_non_null(strstr(stream.data, words));
}

static void a_statement_asks_for_a_moment(void **state)
{
    (void)state;
    assert_asks(FUNCTION_SOLVES, NEVER, " FROM solves('infinity'::timestamptz)) TO STDOUT ");
    assert_asks(FUNCTION_SOLVES, INT64_C(1772215200250000),
                " FROM solves('2026-02-27T18:00:00.25Z'::timestamptz)) TO STDOUT ");
    assert_asks(FUNCTION_COMPETITION, 0, " FROM competition()) TO STDOUT ");
}

static void awards_are_read(void **state)
{
    (void)state;
    put_header();
    put16(4), put_int8(1), put_null(), put_int4(-30), put_int8(0);
    put16(4), put_null(), put_int8(9), put_int4(INT32_MAX), put_int8(INT64_MIN);
    put_trailer();
    assert_decodes(FUNCTION_AWARDS);
    assert_int_equal(data.nawards, 2);
    assert_true(data.awards[0].has_user && !data.awards[0].has_team);
    assert_int_equal(data.awards[0].user_id, 1);
    assert_int_equal(data.awards[0].points, -30);
    assert_true(!data.awards[1].has_user && data.awards[1].has_team);
    assert_int_equal(data.awards[1].team_id, 9);
    assert_int_equal(data.awards[1].points, INT32_MAX);
    assert_int_equal(data.awards[1].awarded_at, TIMESTAMP_EARLIEST);
}

/* As PQgetCopyData() has it: the header with the first row, then row by row. */
static void chunks_end_between_rows(void **state)
{
    struct copy_decoder c;
    struct err err;
    size_t after_first, after_second;

    (void)state;
    put_header();
    put_team(1, "reds");
    after_first = stream.len;
    put_team(2, "blues");
    after_second = stream.len;
    put_trailer();
    copy_begin(&c, FUNCTION_TEAMS, &data);
    assert_int_equal(copy_decode(&c, stream.data, after_first, &err), 0);
    assert_int_equal(c.rows, 1);
    assert_int_equal(copy_end(&c, &err), -1);
    assert_string_equal(err.text, "reading teams, row 2: the data ended early");
    assert_int_equal(copy_decode(&c, stream.data + after_first, after_second - after_first, &err),
                     0);
    assert_int_equal(copy_decode(&c, stream.data + after_second, stream.len - after_second, &err),
                     0);
    assert_int_equal(copy_end(&c, &err), 0);
    assert_int_equal(data.nteams, 2);
}

static void an_extended_header_is_skipped_but_not_an_unknown_format(void **state)
{
    (void)state;
    put_header();
    stream.data[14] = 1; /* flag 0: not critical */
    stream.data[18] = 5;
    buffer_append_text(&stream, "extra");
    put_team(1, "reds");
    put_trailer();
    assert_decodes(FUNCTION_TEAMS);
    stream.data[12] = 1; /* flag 16: with oids */
    assert_refused(FUNCTION_TEAMS, "reading teams, row 1: a binary COPY of an unknown kind");
}

static void what_the_query_did_not_ask_for_is_refused(void **state)
{
    (void)state;
    buffer_append_text(&stream, "1\treds\n");
    assert_refused(FUNCTION_TEAMS, "reading teams, row 1: not a binary COPY");

    buffer_clear(&stream);
    put_header();
    put_solve(1, 2, 3);
    assert_refused(FUNCTION_TEAMS, "reading teams, row 1: 5 columns instead of 4");

    buffer_clear(&stream);
    put_header();
    put_team(1, "reds");
    put16(4), put_int4(1), put_text("blues");
    assert_refused(FUNCTION_TEAMS, "reading teams, row 2: column id: 4 bytes long instead of 8");

    buffer_clear(&stream);
    put_header();
    put16(4), put_int8(1), put_null();
    assert_refused(FUNCTION_TEAMS, "reading teams, row 1: column name: NULL");

    buffer_clear(&stream);
    put_header();
    put_trailer();
    put_team(1, "late");
    assert_refused(FUNCTION_TEAMS, "reading teams, row 1: more data after the end");
}

/* --- Damage: an error or other rows, never a crash (the sanitizers look on) ------------------- */

static void put_rows(enum copy_function function)
{
    put_header();
    switch (function) {
    case FUNCTION_COMPETITION:
        put_competition("shared");
        break;
    case FUNCTION_DIVISIONS:
        put_division(1, "students"), put_division(2, "");
        break;
    case FUNCTION_CHALLENGES:
        put_challenge(1, true), put_challenge(2, false);
        break;
    case FUNCTION_TEAMS:
        put_team(1, "reds"), put_team(2, "blues");
        break;
    case FUNCTION_USERS:
        put_users();
        break;
    case FUNCTION_SOLVES:
        put_solve(1, 2, 3), put_team_solve(4, 5, 6);
        break;
    case FUNCTION_AWARDS:
        put16(4), put_int8(1), put_null(), put_int4(-30), put_int8(0);
        break;
    case FUNCTION_COUNT:
        break;
    }
    put_trailer();
}

/* A copy of its own for each length, so that reading one byte too far is noticed. */
static int decode_copy(enum copy_function function, size_t len)
{
    struct copy_decoder c;
    struct err err;
    char *bytes = malloc(len + (len == 0));
    int status;

    assert_non_null(bytes);
    memcpy(bytes, stream.data, len);
    dataset_clear(&data);
    copy_begin(&c, function, &data);
    status = copy_decode(&c, bytes, len, &err) < 0 || copy_end(&c, &err) < 0 ? -1 : 0;
    free(bytes);
    return status;
}

static void a_stream_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    for (enum copy_function function = 0; function < FUNCTION_COUNT; function++) {
        buffer_clear(&stream);
        put_rows(function);
        for (size_t len = 0; len < stream.len; len++)
            assert_int_equal(decode_copy(function, len), -1);
        assert_int_equal(decode_copy(function, stream.len), 0);
    }
}

static void any_flipped_bit_is_survived(void **state)
{
    (void)state;
    for (enum copy_function function = 0; function < FUNCTION_COUNT; function++) {
        buffer_clear(&stream);
        put_rows(function);
        for (size_t bit = 0; bit < stream.len * 8; bit++) {
            stream.data[bit / 8] ^= (char)(1 << bit % 8);
            (void)decode_copy(function, stream.len);
            stream.data[bit / 8] ^= (char)(1 << bit % 8);
        }
    }
}

static void random_bytes_after_the_header_are_survived(void **state)
{
    (void)state;
    srandom(1);
    for (int round = 0; round < 20000; round++) {
        buffer_clear(&stream);
        put_header();
        put16((int16_t)(random() % 9 - 1));
        for (long n = random() % 60; n > 0; n--)
            buffer_append_char(&stream, (char)(random() % 4 ? 0 : random() % 12 - 1));
        (void)decode_copy((enum copy_function)(random() % FUNCTION_COUNT), stream.len);
    }
}

#define test(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_competition_is_read),
        test(a_tie_rule_that_nobody_knows_is_the_first),
        test(divisions_are_read),
        test(challenges_are_read),
        test(teams_and_users_are_read),
        test(times_are_counted_from_1970_and_clamped),
        test(solves_of_users_and_of_teams_are_read),
        test(rows_without_what_names_them_are_left_out),
        test(long_texts_are_cut_between_characters_and_say_so),
        test(a_statement_asks_for_a_moment),
        test(awards_are_read),
        test(chunks_end_between_rows),
        test(an_extended_header_is_skipped_but_not_an_unknown_format),
        test(what_the_query_did_not_ask_for_is_refused),
        test(a_stream_that_is_cut_off_anywhere_is_refused),
        test(any_flipped_bit_is_survived),
        test(random_bytes_after_the_header_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
