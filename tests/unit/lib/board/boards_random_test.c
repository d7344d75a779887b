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

    dataset_clear(d);
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

static int user_of(const struct solve *s)
{
    return s->has_user ? user_row(s->user_id) : -1;
}

static int team_of_solve(const struct solve *s)
{
    int user = user_of(s);

    if (s->has_team)
        return team_row(s->team_id);
    return user < 0 ? -1 : team_of(user);
}

static bool belongs(enum side side, int row, const struct solve *s)
{
    return (side == USERS ? user_of(s) : team_of_solve(s)) == row;
}

static bool counts(const struct solve *s)
{
    return challenge_row(s->challenge_id) >= 0 && (user_of(s) >= 0 || team_of_solve(s) >= 0);
}

/* Nobody comes after everybody. */
static int compare_rows(enum side side, int a, int b)
{
    if (a < 0 || b < 0)
        return (a < 0) - (b < 0);
    return (id_of(side, a) > id_of(side, b)) - (id_of(side, a) < id_of(side, b));
}

static bool before(const struct solve *a, const struct solve *b)
{
    int users = b ? compare_rows(USERS, user_of(a), user_of(b)) : 0;
    int teams = b ? compare_rows(TEAMS, team_of_solve(a), team_of_solve(b)) : 0;

    if (!b || a->solved_at != b->solved_at)
        return !b || a->solved_at < b->solved_at;
    if (users || teams)
        return users ? users < 0 : teams < 0;
    return a->points < b->points;
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
        if (d->solves[i].challenge_id == s->challenge_id && counts(&d->solves[i]) &&
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

static int worth(const struct solve *s)
{
    return s->points == NO_POINTS ? value_of(challenge_row(s->challenge_id)) : s->points;
}

static bool award_counts(enum side side, int row, const struct award *a)
{
    int user = a->has_user ? user_row(a->user_id) : -1;
    int team = user < 0 ? -1 : team_of(user);

    if (a->has_team)
        team = team_row(a->team_id);
    return row == (side == USERS ? user : team);
}

struct line {
    int row;
    int64_t id, score, tie, reached; /* INT64_MAX: never */
    const char *name;
    size_t name_len;
};

static void credit(struct line *line, int points, int64_t when, bool breaks_ties)
{
    line->score += points;
    if (breaks_ties && points > 0 && (line->reached == INT64_MAX || line->reached < when))
        line->reached = when;
}

static struct line line_of(enum side side, int row)
{
    struct text name = side == USERS ? d->users[row].name : d->teams[row].name;
    struct line line = {.row = row,
                        .id = id_of(side, row),
                        .tie = side == USERS ? d->users[row].tie : d->teams[row].tie,
                        .reached = INT64_MAX,
                        .name = d->pool.data + name.offset,
                        .name_len = name.len};

    for (int c = 0; c < (int)d->nchallenges; c++) {
        const struct solve *s = solve_of(side, row, c);
        if (s)
            credit(&line, worth(s), s->solved_at, d->challenges[c].breaks_ties);
    }
    for (size_t i = 0; i < d->nawards; i++)
        if (award_counts(side, row, &d->awards[i]))
            credit(&line, d->awards[i].points, d->awards[i].awarded_at, true);
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
    if (a->tie != b->tie)
        return a->tie < b->tie;
    if (tie != TIE_REFERENCE && a->reached != b->reached)
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

static void write_competition(struct buffer *out, enum tie_rule tie)
{
    static const char *const names[] = {
        [TIE_REFERENCE] = "reference", [TIE_SHARED] = "shared", [TIE_FIRST_TO_REACH] = NULL};
    const char *name = names[tie];

    for (int row = 0; row < rows_of(USERS); row++)
        if (shown(USERS, row) && d->users[row].tie != NO_TIE)
            name = "platform";
    for (int row = 0; row < rows_of(TEAMS); row++)
        if (shown(TEAMS, row) && d->teams[row].tie != NO_TIE)
            name = "platform";
    if (name)
        buffer_printf(out, "\"competition\":{\"tie\":\"%s\"},", name);
}

/* The first of that id; NULL: there is none. */
static const struct division *find_division(int64_t id)
{
    for (size_t i = 0; i < d->ndivisions; i++)
        if (d->divisions[i].id == id)
            return &d->divisions[i];
    return NULL;
}

static void write_divisions(struct buffer *out)
{
    const char *before_it = "\"divisions\":[";

    for (int64_t id = 0; id < 3; id++) {
        const struct division *division = find_division(id);
        if (!division)
            continue;
        buffer_printf(out, "%s{\"id\":%" PRId64 ",\"name\":", before_it, id);
        json_append_string(out, d->pool.data + division->name.offset, division->name.len);
        buffer_append_char(out, '}');
        before_it = ",";
    }
    if (d->ndivisions > 0)
        buffer_append_text(out, "],");
}

static void write_challenges(struct buffer *out, const int challenges[], int n)
{
    buffer_append_text(out, "\"challenges\":[");
    for (int i = 0; i < n; i++) {
        const struct challenge *c = &d->challenges[challenges[i]];
        buffer_printf(out, "%s{\"id\":%" PRId64 ",\"title\":", i > 0 ? "," : "", c->id);
        json_append_string(out, d->pool.data + c->title.offset, c->title.len);
        buffer_printf(out, ",\"category\":\"Pwn\",\"points\":%d", value_of(challenges[i]));
        if (c->dynamic)
            buffer_printf(
                out, ",\"initial_points\":%d,\"minimum_points\":%d,\"decay\":%d,\"solvers\":%d",
                c->initial, c->minimum, c->has_decay ? c->decay : competitors(-1),
                competitors(challenges[i]));
        buffer_append_text(out, c->breaks_ties ? "}" : ",\"breaks_ties\":false}");
    }
    buffer_append_text(out, "],\"entries\":[");
}

static void write_identity(struct buffer *out, enum side side, const struct line *line)
{
    buffer_printf(out, "\"%s\":%" PRId64 ",\"%s\":", side == USERS ? "user_id" : "team_id",
                  line->id, side == USERS ? "username" : "team_name");
    json_append_string(out, line->name, line->name_len);
}

static int64_t division_of(enum side side, int row)
{
    return side == USERS ? d->users[row].division_id : d->teams[row].division_id;
}

static bool in_division(enum side side, int row)
{
    bool has = side == USERS ? d->users[row].has_division : d->teams[row].has_division;

    return has && find_division(division_of(side, row));
}

static bool award_before(const struct award *a, const struct award *b)
{
    if (a->awarded_at != b->awarded_at)
        return a->awarded_at < b->awarded_at;
    return a->points < b->points;
}

static void write_awards(struct buffer *out, enum side side, const struct line *line)
{
    const struct award *awards[64];
    int n = 0;

    for (size_t i = 0; i < d->nawards; i++) {
        int to = n;
        if (!award_counts(side, line->row, &d->awards[i]))
            continue;
        for (n++; to > 0 && award_before(&d->awards[i], awards[to - 1]); to--)
            awards[to] = awards[to - 1];
        awards[to] = &d->awards[i];
    }
    for (int i = 0; i < n; i++) {
        buffer_printf(out, "%s{\"points\":%d,\"awarded_at\":\"", i > 0 ? "," : ",\"awards\":[",
                      awards[i]->points);
        write_time(out, awards[i]->awarded_at);
        buffer_append_text(out, "\"}");
    }
    if (n > 0)
        buffer_append_char(out, ']');
}

static void write_entry(struct buffer *out, enum side side, const struct line *line,
                        const int challenges[], int n)
{
    const char *comma = "";

    buffer_append_char(out, '{');
    write_identity(out, side, line);
    if (side == USERS && team_of(line->row) >= 0)
        buffer_printf(out, ",\"team_id\":%" PRId64, d->teams[team_of(line->row)].id);
    if (in_division(side, line->row))
        buffer_printf(out, ",\"division_id\":%" PRId64, division_of(side, line->row));
    buffer_printf(out, ",\"score\":%" PRId64 ",\"solves\":[", line->score);
    for (int i = 0; i < n; i++) {
        const struct solve *s = solve_of(side, line->row, challenges[i]);
        if (!s)
            continue;
        buffer_printf(out, "%s{\"challenge_id\":%" PRId64 ",\"solved_at\":\"", comma,
                      s->challenge_id);
        write_time(out, s->solved_at);
        buffer_printf(out, "\",\"is_first_blood\":%s", is_first_blood(s) ? "true" : "false");
        if (worth(s) != value_of(challenges[i]))
            buffer_printf(out, ",\"points\":%d", worth(s));
        buffer_append_char(out, '}');
        comma = ",";
    }
    buffer_append_char(out, ']');
    write_awards(out, side, line);
    buffer_append_char(out, '}');
}

#define ALL (-1)

static bool wanted(enum side side, int row, int64_t division)
{
    return shown(side, row) &&
           (division == ALL || (in_division(side, row) && division_of(side, row) == division));
}

static void write_leaderboard(struct buffer *out, enum side side, enum tie_rule tie,
                              int64_t division)
{
    struct line lines[64];
    int challenges[64], nchallenges = list_challenges(challenges), nlines = 0;

    for (int row = 0; row < rows_of(side); row++) {
        struct line line;
        int to = nlines;
        if (!wanted(side, row, division))
            continue;
        line = line_of(side, row);
        for (nlines++; to > 0 && ranks_before(side, tie, &line, &lines[to - 1]); to--)
            lines[to] = lines[to - 1];
        lines[to] = line;
    }
    buffer_append_char(out, '{');
    write_competition(out, tie);
    write_divisions(out);
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

/* The next row after (start, id) in their order. */
struct next {
    int64_t division, after_start, after_id, start, id;
    int row; /* -1: there is none */
};

static void offer(struct next *next, int row, int64_t id, int64_t time)
{
    int64_t start = interval_start(time);

    if (start < next->after_start || (start == next->after_start && id <= next->after_id))
        return;
    if (next->row >= 0 && (start > next->start || (start == next->start && id >= next->id)))
        return;
    next->start = start;
    next->id = id;
    next->row = row;
}

static void find_next(enum side side, struct next *next)
{
    next->row = -1;
    for (int r = 0; r < rows_of(side); r++) {
        if (!wanted(side, r, next->division))
            continue;
        for (int c = 0; c < (int)d->nchallenges; c++) {
            const struct solve *s = solve_of(side, r, c);
            if (s)
                offer(next, r, id_of(side, r), s->solved_at);
        }
        for (size_t i = 0; i < d->nawards; i++)
            if (award_counts(side, r, &d->awards[i]))
                offer(next, r, id_of(side, r), d->awards[i].awarded_at);
    }
    next->after_start = next->start;
    next->after_id = next->id;
}

static void write_row(struct buffer *out, enum side side, const struct next *next)
{
    struct line line = line_of(side, next->row);
    int points = 0, count = 0;

    for (int c = 0; c < (int)d->nchallenges; c++) {
        const struct solve *s = solve_of(side, next->row, c);
        if (s && interval_start(s->solved_at) == next->start) {
            points += worth(s);
            count++;
        }
    }
    for (size_t i = 0; i < d->nawards; i++)
        if (award_counts(side, next->row, &d->awards[i]) &&
            interval_start(d->awards[i].awarded_at) == next->start)
            points += d->awards[i].points;
    buffer_append_text(out, "{\"timestamp\":\"");
    write_time(out, next->start);
    buffer_append_text(out, "\",");
    write_identity(out, side, &line);
    buffer_printf(out, ",\"points\":%d,\"challenge_count\":%d}", points, count);
}

static void write_timeline(struct buffer *out, enum side side, int64_t division)
{
    struct next next = {.division = division, .after_start = INT64_MIN, .after_id = INT64_MIN};
    const char *comma = "";

    buffer_append_text(out, "{\"submissions\":[");
    for (find_next(side, &next); next.row >= 0; find_next(side, &next)) {
        buffer_append_text(out, comma);
        write_row(out, side, &next);
        comma = ",";
    }
    buffer_append_text(out, "]}");
}

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
        cmocka_unit_test_setup_teardown(random_competitions_come_out_as_by_the_plain_rules,
                                        competition_begin, competition_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
