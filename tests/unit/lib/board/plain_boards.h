/* plain_boards: the text of the boards, written down once more by the plain rules. */
#ifndef TESTS_UNIT_LIB_BOARD_PLAIN_BOARDS_H
#define TESTS_UNIT_LIB_BOARD_PLAIN_BOARDS_H

#include <inttypes.h>

#include "lib/json.h"
#include "tests/unit/lib/board/plain_rules.h"

/* --- Leaderboards ----------------------------------------------------------------------------- */

/* All challenges that are shown, by id. Returns how many. */
static inline int list_challenges(int out[])
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

static inline void write_time(struct buffer *out, int64_t us)
{
    char text[TIMESTAMP_MAX];

    buffer_append(out, text, timestamp_format(text, us));
}

static inline void write_competition(struct buffer *out, enum tie_rule tie)
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

static inline void write_divisions(struct buffer *out)
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

static inline void write_challenges(struct buffer *out, const int challenges[], int n)
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

static inline void write_identity(struct buffer *out, enum side side, const struct line *line)
{
    buffer_printf(out, "\"%s\":%" PRId64 ",\"%s\":", side == USERS ? "user_id" : "team_id",
                  line->id, side == USERS ? "username" : "team_name");
    json_append_string(out, line->name, line->name_len);
}

static inline void write_awards(struct buffer *out, enum side side, const struct line *line)
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

static inline void write_entry(struct buffer *out, enum side side, const struct line *line,
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

static inline void write_leaderboard(struct buffer *out, enum side side, enum tie_rule tie,
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

/* --- Timelines -------------------------------------------------------------------------------- */

#define INTERVAL INT64_C(600000000)

static inline int64_t interval_start(int64_t time)
{
    int64_t into = time % INTERVAL;

    return time - (into < 0 ? into + INTERVAL : into);
}

/* The next row after (start, id) in their order. */
struct next {
    int64_t division, after_start, after_id, start, id;
    int row; /* -1: there is none */
};

static inline void offer(struct next *next, int row, int64_t id, int64_t time)
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

static inline void find_next(enum side side, struct next *next)
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

static inline void write_row(struct buffer *out, enum side side, const struct next *next)
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

static inline void write_timeline(struct buffer *out, enum side side, int64_t division)
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

#endif
