/*
 * plain_rules: the rules of a competition, written down once more in the plainest way: every question
 * loops over all rows. A user, team or challenge is its first row's number; -1: not shown.
 */
#ifndef TESTS_UNIT_LIB_BOARD_PLAIN_RULES_H
#define TESTS_UNIT_LIB_BOARD_PLAIN_RULES_H

#include <string.h>

#include "tests/unit/lib/board/competition.h"

static const struct dataset *const d = &competition; /* nothing here changes it */

/* --- Rows ------------------------------------------------------------------------------------- */

static inline int challenge_row(int64_t id)
{
    for (size_t i = 0; i < d->nchallenges; i++)
        if (d->challenges[i].id == id)
            return (int)i;
    return -1;
}

static inline int team_row(int64_t id)
{
    for (size_t i = 0; i < d->nteams; i++)
        if (d->teams[i].id == id)
            return (int)i;
    return -1;
}

static inline int user_row(int64_t id)
{
    for (size_t i = 0; i < d->nusers; i++)
        if (d->users[i].id == id)
            return (int)i;
    return -1;
}

static inline int team_of(int user)
{
    return d->users[user].has_team ? team_row(d->users[user].team_id) : -1;
}

enum side { USERS, TEAMS };

static inline int rows_of(enum side side)
{
    return (int)(side == USERS ? d->nusers : d->nteams);
}

static inline int64_t id_of(enum side side, int row)
{
    return side == USERS ? d->users[row].id : d->teams[row].id;
}

static inline bool shown(enum side side, int row)
{
    return row == (side == USERS ? user_row(id_of(side, row)) : team_row(id_of(side, row)));
}

/* The first of that id; NULL: there is none. */
static inline const struct division *find_division(int64_t id)
{
    for (size_t i = 0; i < d->ndivisions; i++)
        if (d->divisions[i].id == id)
            return &d->divisions[i];
    return NULL;
}

static inline int64_t division_of(enum side side, int row)
{
    return side == USERS ? d->users[row].division_id : d->teams[row].division_id;
}

static inline bool in_division(enum side side, int row)
{
    bool has = side == USERS ? d->users[row].has_division : d->teams[row].has_division;

    return has && find_division(division_of(side, row));
}

#define ALL (-1) /* in place of a division's id */

static inline bool wanted(enum side side, int row, int64_t division)
{
    return shown(side, row) &&
           (division == ALL || (in_division(side, row) && division_of(side, row) == division));
}

/* --- Solves ----------------------------------------------------------------------------------- */

static inline int user_of(const struct solve *s)
{
    return s->has_user ? user_row(s->user_id) : -1;
}

static inline int team_of_solve(const struct solve *s)
{
    int user = user_of(s);

    if (s->has_team)
        return team_row(s->team_id);
    return user < 0 ? -1 : team_of(user);
}

static inline bool belongs(enum side side, int row, const struct solve *s)
{
    return (side == USERS ? user_of(s) : team_of_solve(s)) == row;
}

static inline bool counts(const struct solve *s)
{
    return challenge_row(s->challenge_id) >= 0 && (user_of(s) >= 0 || team_of_solve(s) >= 0);
}

/* Nobody comes after everybody. */
static inline int compare_rows(enum side side, int a, int b)
{
    if (a < 0 || b < 0)
        return (a < 0) - (b < 0);
    return (id_of(side, a) > id_of(side, b)) - (id_of(side, a) < id_of(side, b));
}

static inline bool before(const struct solve *a, const struct solve *b)
{
    int users = b ? compare_rows(USERS, user_of(a), user_of(b)) : 0;
    int teams = b ? compare_rows(TEAMS, team_of_solve(a), team_of_solve(b)) : 0;

    if (!b || a->solved_at != b->solved_at)
        return !b || a->solved_at < b->solved_at;
    if (users || teams)
        return users ? users < 0 : teams < 0;
    return a->points < b->points;
}

static inline const struct solve *solve_of(enum side side, int row, int challenge)
{
    const struct solve *first = NULL;

    for (size_t i = 0; i < d->nsolves; i++)
        if (challenge_row(d->solves[i].challenge_id) == challenge &&
            belongs(side, row, &d->solves[i]) && before(&d->solves[i], first))
            first = &d->solves[i];
    return first;
}

static inline bool is_first_blood(const struct solve *s)
{
    for (size_t i = 0; i < d->nsolves; i++)
        if (d->solves[i].challenge_id == s->challenge_id && counts(&d->solves[i]) &&
            before(&d->solves[i], s))
            return false;
    return true;
}

/* --- What they are worth ---------------------------------------------------------------------- */

/* Counts competitors; of a challenge those who have solved it, of -1 all. */
static inline int competitors(int challenge)
{
    int n = 0;

    for (int team = 0; team < rows_of(TEAMS); team++)
        n += shown(TEAMS, team) && (challenge < 0 || solve_of(TEAMS, team, challenge));
    for (int user = 0; user < rows_of(USERS); user++)
        n += shown(USERS, user) && team_of(user) < 0 &&
             (challenge < 0 || solve_of(USERS, user, challenge));
    return n;
}

static inline int value_of(int challenge)
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

static inline int worth(const struct solve *s)
{
    return s->points == NO_POINTS ? value_of(challenge_row(s->challenge_id)) : s->points;
}

/* --- Awards ----------------------------------------------------------------------------------- */

static inline bool award_counts(enum side side, int row, const struct award *a)
{
    int user = a->has_user ? user_row(a->user_id) : -1;
    int team = user < 0 ? -1 : team_of(user);

    if (a->has_team)
        team = team_row(a->team_id);
    return row == (side == USERS ? user : team);
}

static inline bool award_before(const struct award *a, const struct award *b)
{
    if (a->awarded_at != b->awarded_at)
        return a->awarded_at < b->awarded_at;
    return a->points < b->points;
}

/* --- Who is ahead ----------------------------------------------------------------------------- */

struct line {
    int row;
    int64_t id, score, tie, reached; /* INT64_MAX: never */
    const char *name;
    size_t name_len;
};

static inline void credit(struct line *line, int points, int64_t when, bool breaks_ties)
{
    line->score += points;
    if (breaks_ties && points > 0 && (line->reached == INT64_MAX || line->reached < when))
        line->reached = when;
}

static inline struct line line_of(enum side side, int row)
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

static inline bool name_before(const struct line *a, const struct line *b)
{
    size_t common = a->name_len < b->name_len ? a->name_len : b->name_len;
    int order = memcmp(a->name, b->name, common);

    return order < 0 || (order == 0 && a->name_len < b->name_len);
}

static inline bool ranks_before(enum side side, enum tie_rule tie, const struct line *a,
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

#endif
