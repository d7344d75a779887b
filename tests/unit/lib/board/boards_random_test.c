/*
 * Random competitions, small and full of ties, collisions and rows that point nowhere, against the
 * rules written down once more in the plainest way: every question loops over all rows.
 */
#include "lib/board/boards.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "tests/unit/lib/board/competition.h"

#define COMPETITIONS 3000

#define d (&competition)

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
    int64_t day = at("2026-01-24T12:00:00Z"), time = day + below(12) * INT64_C(300000000);

    if (below(20) == 0)
        time += (below(120) - 90) * INT64_C(31556952000000); /* years apart, also before 1970 */
    return time + (below(3) == 0 ? below(3) - 1 : 0);
}

static const char *any_name(void)
{
    static const char *const names[] = {"a", "b", "ab", "", "B", "<\"\\>", "\xf0\x9f\x9a\xa9"};

    return names[below(sizeof names / sizeof *names)];
}

static void any_competition(int most)
{
    dataset_clear(d);
    for (int n = below(most); n > 0; n--)
        add_challenge(&(struct challenge){.id = any_id(most),
                                          .dynamic = below(4) > 0,
                                          .initial = below(4) * 100 - 100,
                                          .minimum = below(5) * 50 - 100,
                                          .has_decay = below(2),
                                          .decay = below(8) - 1},
                      any_name());
    for (int n = below(most); n > 0; n--)
        add_team(any_id(most), any_name());
    for (int n = below(most * 2); n > 0; n--)
        add_user(any_id(most * 2), any_name(), below(3) ? any_id(most) : ALONE);
    for (int n = below(most * 12); n > 0; n--)
        add_solve(any_id(most * 2), any_id(most), any_time());
    for (int n = below(most); n > 0; n--)
        add_award(&(struct award){.has_user = below(2),
                                  .user_id = any_id(most * 2),
                                  .has_team = below(2),
                                  .team_id = any_id(most),
                                  .points = below(5) * 50 - 100,
                                  .awarded_at = any_time()});
}

/* --- The rules, plainly -------------------------------------------------------------------------
 * A user, team or challenge is its first row's number; -1: not shown. */

static int challenge_row(int64_t id)
{
    for (size_t i = 0; i < d->nchallenges; i++)
        if (d->challenges[i].id == id)
            return (int)i;
    return -1;
}

static int team_row(int64_t id)
{
    for (size_t i = 0; i < d->nteams; i++)
        if (d->teams[i].id == id)
            return (int)i;
    return -1;
}

static int user_row(int64_t id)
{
    for (size_t i = 0; i < d->nusers; i++)
        if (d->users[i].id == id)
            return (int)i;
    return -1;
}

static int team_of(int user)
{
    return d->users[user].has_team ? team_row(d->users[user].team_id) : -1;
}

enum side { USERS, TEAMS };

static int rows_of(enum side side)
{
    return (int)(side == USERS ? d->nusers : d->nteams);
}

static int64_t id_of(enum side side, int row)
{
    return side == USERS ? d->users[row].id : d->teams[row].id;
}

static bool shown(enum side side, int row)
{
    return row == (side == USERS ? user_row(id_of(side, row)) : team_row(id_of(side, row)));
}

/* Whether a solve is by the entry, itself or a member of it. */
static bool belongs(enum side side, int row, const struct solve *s)
{
    int user = user_row(s->user_id);

    return user >= 0 && (side == USERS ? user == row : team_of(user) == row);
}

static bool before(const struct solve *a, const struct solve *b)
{
    return !b || a->solved_at < b->solved_at ||
           (a->solved_at == b->solved_at && a->user_id < b->user_id);
}

static const struct solve *solve_of(enum side side, int row, int challenge)
{
    const struct solve *first = NULL;

    for (size_t i = 0; i < d->nsolves; i++)
        if (challenge_row(d->solves[i].challenge_id) == challenge &&
            belongs(side, row, &d->solves[i]) && before(&d->solves[i], first))
            first = &d->solves[i];
    return first;
}

static bool is_first_blood(const struct solve *s)
{
    for (size_t i = 0; i < d->nsolves; i++)
        if (d->solves[i].challenge_id == s->challenge_id && user_row(d->solves[i].user_id) >= 0 &&
            before(&d->solves[i], s))
            return false;
    return true;
}

/* Counts competitors; of a challenge those who have solved it, of -1 all. */
static int competitors(int challenge)
{
    int n = 0;

    for (int team = 0; team < rows_of(TEAMS); team++)
        n += shown(TEAMS, team) && (challenge < 0 || solve_of(TEAMS, team, challenge));
    for (int user = 0; user < rows_of(USERS); user++)
        n += shown(USERS, user) && team_of(user) < 0 &&
             (challenge < 0 || solve_of(USERS, user, challenge));
    return n;
}

static int value_of(int challenge)
{
    const struct challenge *c = &d->challenges[challenge];
    int n = competitors(challenge), decay = c->has_decay ? c->decay : competitors(-1);
    int value = c->initial;

    if (!c->dynamic || decay <= 0 || c->minimum > c->initial)
        return c->initial;
    while ((c->initial - value) * decay * decay < (c->initial - c->minimum) * n * n &&
           value > c->minimum)
        value--; /* the greatest that is not above the curve, ... */
    if ((c->initial - value) * decay * decay > (c->initial - c->minimum) * n * n)
        value++; /* ... or the next above: ceil() */
    return value;
}

static bool award_counts(enum side side, int row, const struct award *a)
{
    int user = a->has_user ? user_row(a->user_id) : -1;

    if (a->has_user)
        return user >= 0 && (side == USERS ? user == row : team_of(user) == row);
    return a->has_team && side == TEAMS && team_row(a->team_id) == row;
}

struct line {
    int row;
    int64_t id, score, reached; /* INT64_MAX: never */
    const char *name;
    size_t name_len;
};

static void credit(struct line *line, int points, int64_t when)
{
    line->score += points;
    if (points > 0 && (line->reached == INT64_MAX || line->reached < when))
        line->reached = when;
}

static struct line line_of(enum side side, int row)
{
    struct text name = side == USERS ? d->users[row].name : d->teams[row].name;
    struct line line = {.row = row,
                        .id = id_of(side, row),
                        .reached = INT64_MAX,
                        .name = d->pool.data + name.offset,
                        .name_len = name.len};

    for (int c = 0; c < (int)d->nchallenges; c++) {
        const struct solve *s = solve_of(side, row, c);
        if (s)
            credit(&line, value_of(c), s->solved_at);
    }
    for (size_t i = 0; i < d->nawards; i++)
        if (award_counts(side, row, &d->awards[i]))
            credit(&line, d->awards[i].points, d->awards[i].awarded_at);
    return line;
}

static bool name_before(const struct line *a, const struct line *b)
{
    size_t common = a->name_len < b->name_len ? a->name_len : b->name_len;
    int order = memcmp(a->name, b->name, common);

    return order < 0 || (order == 0 && a->name_len < b->name_len);
}

static bool ranks_before(enum side side, enum tie_rule tie, const struct line *a,
                         const struct line *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    if (tie == TIE_FIRST_TO_REACH && a->reached != b->reached)
        return a->reached < b->reached;
    if (tie == TIE_REFERENCE && side == TEAMS && (name_before(a, b) || name_before(b, a)))
        return name_before(a, b);
    return a->id < b->id;
}

/* --- The boards, plainly ---------------------------------------------------------------------- */

/* All challenges that are shown, by id. Returns how many. */
static int list_challenges(int out[])
{
    int n = 0;

    for (int c = 0; c < (int)d->nchallenges; c++) {
        int to = n;
        if (challenge_row(d->challenges[c].id) != c)
            continue;
        for (n++; to > 0 && d->challenges[out[to - 1]].id > d->challenges[c].id; to--)
            out[to] = out[to - 1];
        out[to] = c;
    }
    return n;
}

static void write_time(struct buffer *out, int64_t us)
{
    char text[TIMESTAMP_MAX];

    buffer_append(out, text, timestamp_format(text, us));
}

static void write_challenges(struct buffer *out, const int challenges[], int n)
{
    buffer_append_text(out, "{\"challenges\":[");
    for (int i = 0; i < n; i++) {
        const struct challenge *c = &d->challenges[challenges[i]];
        buffer_printf(out, "%s{\"id\":%" PRId64 ",\"title\":", i > 0 ? "," : "", c->id);
        json_append_string(out, d->pool.data + c->title.offset, c->title.len);
        buffer_printf(out, ",\"category\":\"Pwn\",\"points\":%d}", value_of(challenges[i]));
    }
    buffer_append_text(out, "],\"entries\":[");
}

static void write_identity(struct buffer *out, enum side side, const struct line *line)
{
    buffer_printf(out, "\"%s\":%" PRId64 ",\"%s\":", side == USERS ? "user_id" : "team_id",
                  line->id, side == USERS ? "username" : "team_name");
    json_append_string(out, line->name, line->name_len);
}

static void write_entry(struct buffer *out, enum side side, const struct line *line,
                        const int challenges[], int n)
{
    const char *comma = "";

    buffer_append_char(out, '{');
    write_identity(out, side, line);
    buffer_printf(out, ",\"score\":%" PRId64 ",\"solves\":[", line->score);
    for (int i = 0; i < n; i++) {
        const struct solve *s = solve_of(side, line->row, challenges[i]);
        if (!s)
            continue;
        buffer_printf(out, "%s{\"challenge_id\":%" PRId64 ",\"solved_at\":\"", comma,
                      s->challenge_id);
        write_time(out, s->solved_at);
        buffer_printf(out, "\",\"is_first_blood\":%s}", is_first_blood(s) ? "true" : "false");
        comma = ",";
    }
    buffer_append_text(out, "]}");
}

static void write_leaderboard(struct buffer *out, enum side side, enum tie_rule tie)
{
    struct line lines[64];
    int challenges[64], nchallenges = list_challenges(challenges), nlines = 0;

    for (int row = 0; row < rows_of(side); row++) {
        struct line line;
        int to = nlines;
        if (!shown(side, row))
            continue;
        line = line_of(side, row);
        for (nlines++; to > 0 && ranks_before(side, tie, &line, &lines[to - 1]); to--)
            lines[to] = lines[to - 1];
        lines[to] = line;
    }
    write_challenges(out, challenges, nchallenges);
    for (int i = 0; i < nlines; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        write_entry(out, side, &lines[i], challenges, nchallenges);
    }
    buffer_append_text(out, "]}");
}

#define INTERVAL INT64_C(600000000)

static int64_t interval_start(int64_t time)
{
    int64_t into = time % INTERVAL;

    return time - (into < 0 ? into + INTERVAL : into);
}

/* The next row after (start, id) in their order; false: none. */
static bool next_row(enum side side, int64_t *start, int64_t *id, int *row)
{
    int64_t best_start = INT64_MAX, best_id = INT64_MAX;

    for (int r = 0; r < rows_of(side); r++)
        for (int c = 0; shown(side, r) && c < (int)d->nchallenges; c++) {
            const struct solve *s = solve_of(side, r, c);
            int64_t s_start = s ? interval_start(s->solved_at) : 0, s_id = id_of(side, r);
            if (!s || s_start < *start || (s_start == *start && s_id <= *id))
                continue;
            if (s_start < best_start || (s_start == best_start && s_id < best_id)) {
                best_start = s_start;
                best_id = s_id;
                *row = r;
            }
        }
    *start = best_start;
    *id = best_id;
    return best_start != INT64_MAX;
}

static void write_timeline(struct buffer *out, enum side side)
{
    int64_t start = INT64_MIN, id = INT64_MIN;
    const char *comma = "";
    int row;

    buffer_append_text(out, "{\"submissions\":[");
    for (; next_row(side, &start, &id, &row); comma = ",") {
        struct line line = line_of(side, row);
        int points = 0, count = 0;
        for (int c = 0; c < (int)d->nchallenges; c++) {
            const struct solve *s = solve_of(side, row, c);
            if (s && interval_start(s->solved_at) == start) {
                points += value_of(c);
                count++;
            }
        }
        buffer_printf(out, "%s{\"timestamp\":\"", comma);
        write_time(out, start);
        buffer_append_text(out, "\",");
        write_identity(out, side, &line);
        buffer_printf(out, ",\"points\":%d,\"challenge_count\":%d}", points, count);
    }
    buffer_append_text(out, "]}");
}

static void assert_same(enum board board, struct buffer *plain)
{
    buffer_append(plain, "", 1);
    assert_board(board, plain->data);
    buffer_release(plain);
}

static void random_competitions_come_out_as_by_the_plain_rules(void **state)
{
    (void)state;
    srandom(20260124);
    for (int round = 0; round < COMPETITIONS; round++) {
        enum tie_rule tie = round % 2 ? TIE_REFERENCE : TIE_FIRST_TO_REACH;
        struct buffer plain[BOARD_COUNT] = {{0}};
        any_competition(2 + round % 13);
        build(tie);
        write_leaderboard(&plain[BOARD_LEADERBOARD], USERS, tie);
        write_leaderboard(&plain[BOARD_LEADERBOARD_TEAMS], TEAMS, tie);
        write_timeline(&plain[BOARD_TIMELINE], USERS);
        write_timeline(&plain[BOARD_TIMELINE_TEAMS], TEAMS);
        for (enum board board = 0; board < BOARD_COUNT; board++)
            assert_same(board, &plain[board]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_competitions_come_out_as_by_the_plain_rules,
                                        competition_begin, competition_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
