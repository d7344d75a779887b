/*
 * shorthand: boards written short, for the tests of rules, in which a whole document would hide what
 * is meant.
 */
#ifndef TESTS_UNIT_LIB_BOARD_SHORTHAND_H
#define TESTS_UNIT_LIB_BOARD_SHORTHAND_H

#include <cjson/cJSON.h>

#include "tests/unit/lib/board/competition.h"

static inline const cJSON *field(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);

    assert_non_null(value);
    return value;
}

/* An entry's or a row's, of whichever league. */
static inline const char *name_of(const cJSON *object)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(object, "username");

    return (name ? name : field(object, "team_name"))->valuestring;
}

/* "ann 800 1* 2; bob 0": scores and solved challenges, first bloods with a star. */
static inline void shorten_leaderboard(const cJSON *board, struct buffer *out)
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
static inline void shorten_timeline(const cJSON *board, struct buffer *out)
{
    const cJSON *row;

    cJSON_ArrayForEach(row, field(board, "submissions")) buffer_printf(
        out, "%s%s %s %.0f/%.0f", out->len > 0 ? "; " : "", field(row, "timestamp")->valuestring,
        name_of(row), field(row, "points")->valuedouble,
        field(row, "challenge_count")->valuedouble);
}

static inline void assert_short(enum board board, const char *expected)
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

static inline void assert_leaders(const char *users, const char *teams)
{
    assert_short(BOARD_LEADERBOARD, users);
    assert_short(BOARD_LEADERBOARD_TEAMS, teams);
}

#endif
