/*
 * standings: ids become positions, rows become standings.
 *
 *     reserve   all memory first, so that nothing after it can fail
 *     place     divisions, challenges, teams and users, each ordered by id; the solves
 *     collect   for each league the solves that count: by entry, by challenge, the earliest
 *     value     the challenges, by how many solved them; the solves
 *     award     for each league the awards, by entry
 *     score     the entries: solves, then awards
 *     rank      the entries
 *
 * There are ten times as many solves as anything else. They are never compared with each other to
 * be ordered: radix sorts bring together what belongs together. Only entries and awards, 30,000 at
 * most where competitions go, are ordered by comparing.
 */
#include "lib/board/standings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/board/scoring.h"

/* A row on its way to its place. */
struct keyed {
    int64_t id;
    uint32_t row;
};

struct placing {
    const struct dataset *data;
    struct keyed *keys; /* room for the rows of any function but solves and awards */
    struct idmap divisions, challenges; /* id -> position */
};

/* --- Reserve ---------------------------------------------------------------------------------- */

static size_t most_rows(const struct dataset *d)
{
    const size_t rows[] = {d->ndivisions, d->nchallenges, d->nteams, d->nusers};
    size_t most = 0;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        most = rows[i] > most ? rows[i] : most;
    return most;
}

static void reserve_league(struct league *l, enum league_kind kind, const struct dataset *d,
                           struct arena *memory)
{
    size_t nentries = kind == USERS ? d->nusers : d->nteams;

    l->kind = kind;
    l->entries = arena_take(memory, nentries, sizeof *l->entries);
    l->ranking = arena_take(memory, nentries, sizeof *l->ranking);
    l->solves = arena_take(memory, d->nsolves, sizeof *l->solves);
    l->awards = arena_take(memory, d->nawards, sizeof *l->awards);
    idmap_init(&l->positions, memory, (uint32_t)nentries);
}

static int reserve(struct standings *s, struct placing *w, struct arena *memory, struct err *err)
{
    const struct dataset *d = w->data;

    w->keys = arena_take(memory, most_rows(d), sizeof *w->keys);
    idmap_init(&w->divisions, memory, (uint32_t)d->ndivisions);
    idmap_init(&w->challenges, memory, (uint32_t)d->nchallenges);
    s->divisions = arena_take(memory, d->ndivisions, sizeof *s->divisions);
    s->challenges = arena_take(memory, d->nchallenges, sizeof *s->challenges);
    s->solves = arena_take(memory, d->nsolves, sizeof *s->solves);
    s->items = arena_take(memory, d->nsolves + d->nawards, sizeof *s->items);
    s->spare_items = arena_take(memory, d->nsolves + d->nawards, sizeof *s->spare_items);
    for (enum league_kind kind = 0; kind < LEAGUE_COUNT; kind++)
        reserve_league(&s->leagues[kind], kind, d, memory);
    return arena_failed(memory) ? err_set(err, "out of memory for the standings") : 0;
}

/* --- Place ------------------------------------------------------------------------------------ */

static int compare_keyed(const void *va, const void *vb)
{
    const struct keyed *a = va, *b = vb;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* Orders by id; of rows with the same one the first stays. Returns how many there are then, and
 * `positions` knows them. */
static uint32_t settle(struct keyed *keys, size_t n, struct idmap *positions)
{
    uint32_t kept = 0;

    qsort(keys, n, sizeof *keys, compare_keyed);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && keys[kept - 1].id == keys[i].id)
            continue;
        idmap_add(positions, keys[i].id, kept);
        keys[kept++] = keys[i];
    }
    return kept;
}

static void place_divisions(struct standings *s, struct placing *w)
{
    const struct division *rows = w->data->divisions;

    for (uint32_t i = 0; i < w->data->ndivisions; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    s->ndivisions = settle(w->keys, w->data->ndivisions, &w->divisions);
    for (uint32_t i = 0; i < s->ndivisions; i++)
        s->divisions[i] = &rows[w->keys[i].row];
}

static void place_challenges(struct standings *s, struct placing *w)
{
    const struct challenge *rows = w->data->challenges;

    for (uint32_t i = 0; i < w->data->nchallenges; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    s->nchallenges = settle(w->keys, w->data->nchallenges, &w->challenges);
    for (uint32_t i = 0; i < s->nchallenges; i++)
        s->challenges[i] =
            (struct standings_challenge){.row = &rows[w->keys[i].row], .first_blood = NOWHERE};
}

static uint32_t find(const struct idmap *positions, bool has, int64_t id)
{
    return has ? idmap_find(positions, id) : NOWHERE;
}

static void place_teams(struct standings *s, struct placing *w)
{
    const struct team *rows = w->data->teams;
    struct league *l = &s->leagues[TEAMS];

    for (uint32_t i = 0; i < w->data->nteams; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    l->nentries = settle(w->keys, w->data->nteams, &l->positions);
    for (uint32_t i = 0; i < l->nentries; i++) {
        const struct team *team = &rows[w->keys[i].row];
        l->entries[i] = (struct entry){
            .id = team->id,
            .name = team->name,
            .reached = NEVER,
            .tie = team->tie,
            .team = NOWHERE,
            .division = find(&w->divisions, team->has_division, team->division_id),
        };
        s->platform_ties |= team->tie != NO_TIE;
    }
}

/* After the teams: a user whose team is not shown competes alone. */
static void place_users(struct standings *s, struct placing *w)
{
    const struct user *rows = w->data->users;
    struct league *l = &s->leagues[USERS];

    for (uint32_t i = 0; i < w->data->nusers; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    l->nentries = settle(w->keys, w->data->nusers, &l->positions);
    for (uint32_t i = 0; i < l->nentries; i++) {
        const struct user *user = &rows[w->keys[i].row];
        l->entries[i] = (struct entry){
            .id = user->id,
            .name = user->name,
            .reached = NEVER,
            .tie = user->tie,
            .division = find(&w->divisions, user->has_division, user->division_id),
        };
        s->platform_ties |= user->tie != NO_TIE;
        l->entries[i].team = find(&s->leagues[TEAMS].positions, user->has_team, user->team_id);
    }
}

static uint32_t find_user(const struct standings *s, bool has_user, int64_t id)
{
    return find(&s->leagues[USERS].positions, has_user, id);
}

/* The team that a row names, whoever its user is; if it names none, the user's team now. */
static uint32_t find_team(const struct standings *s, bool has_team, int64_t id, uint32_t user)
{
    if (has_team)
        return idmap_find(&s->leagues[TEAMS].positions, id);
    return user != NOWHERE ? s->leagues[USERS].entries[user].team : NOWHERE;
}

/* One number that orders by two positions, and has both. */
static uint64_t place(uint32_t entry, uint32_t challenge, const struct standings *s)
{
    return (uint64_t)entry * s->nchallenges + challenge;
}

/* The rows that name a user or a team, and a challenge, that are shown; by user and challenge. */
static uint32_t sort_solves(const struct standings *s, const struct placing *w)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < w->data->nsolves; i++) {
        const struct solve *row = &w->data->solves[i];
        uint32_t user = find_user(s, row->has_user, row->user_id);
        uint32_t challenge = idmap_find(&w->challenges, row->challenge_id);
        bool shown = user != NOWHERE || find_team(s, row->has_team, row->team_id, user) != NOWHERE;
        if (shown && challenge != NOWHERE)
            s->items[n++] = (struct radix_item){.key = place(user, challenge, s), .index = i};
    }
    radix_sort(s->items, s->spare_items, n);
    return n;
}

/* Their order has nothing to do with that of the rows: these are fetched ahead. */
static void place_solves(struct standings *s, const struct placing *w)
{
    const struct solve *rows = w->data->solves;

    s->nsolves = sort_solves(s, w);
    for (uint32_t i = 0; i < s->nsolves; i++) {
        const struct radix_item *item = &s->items[i];
        const struct solve *row = &rows[item->index];
        uint32_t user = (uint32_t)(item->key / s->nchallenges);
        if (i + 16 < s->nsolves)
            __builtin_prefetch(&rows[item[16].index]);
        s->solves[i] = (struct standings_solve){
            .at = row->solved_at,
            .entry = {[USERS] = user, [TEAMS] = find_team(s, row->has_team, row->team_id, user)},
            .challenge = (uint32_t)(item->key % s->nchallenges),
            .points = row->points,
        };
    }
}

/* --- Collect ---------------------------------------------------------------------------------- */

/* By time, then user, then team, nobody last. What is left are rows of the same for the same: without
 * points of its own (NO_POINTS is the least) before with, then the fewer. */
static bool precedes(const struct standings_solve *a, const struct standings_solve *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    if (a->entry[USERS] != b->entry[USERS])
        return a->entry[USERS] < b->entry[USERS];
    if (a->entry[TEAMS] != b->entry[TEAMS])
        return a->entry[TEAMS] < b->entry[TEAMS];
    return a->points < b->points;
}

/* The solves of the league's entries, by entry and challenge. */
static uint32_t sort_league(const struct standings *s, const struct league *l)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->nsolves; i++) {
        uint32_t entry = s->solves[i].entry[l->kind];
        if (entry != NOWHERE)
            s->items[n++] =
                (struct radix_item){.key = place(entry, s->solves[i].challenge, s), .index = i};
    }
    radix_sort(s->items, s->spare_items, n);
    return n;
}

static void collect(const struct standings *s, struct league *l)
{
    uint32_t n = sort_league(s, l), kept = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t solve = s->items[i].index;
        struct range *range = &l->entries[s->solves[solve].entry[l->kind]].solves;
        if (i > 0 && s->items[i - 1].key == s->items[i].key) {
            if (precedes(&s->solves[solve], &s->solves[l->solves[kept - 1]]))
                l->solves[kept - 1] = solve;
            continue;
        }
        if (range->n++ == 0)
            range->first = kept;
        l->solves[kept++] = solve;
    }
    l->nsolves = kept;
}

/* --- Value ------------------------------------------------------------------------------------ */

static void find_first_bloods(struct standings *s)
{
    for (uint32_t i = 0; i < s->nsolves; i++) {
        uint32_t *first = &s->challenges[s->solves[i].challenge].first_blood;
        if (*first == NOWHERE || precedes(&s->solves[i], &s->solves[*first]))
            *first = i;
    }
}

/* Users with a team do so in its name. */
static void count_solvers(struct standings *s)
{
    const struct league *teams = &s->leagues[TEAMS], *users = &s->leagues[USERS];

    for (uint32_t i = 0; i < teams->nsolves; i++)
        s->challenges[s->solves[teams->solves[i]].challenge].solvers++;
    for (uint32_t i = 0; i < users->nsolves; i++) {
        const struct standings_solve *solve = &s->solves[users->solves[i]];
        if (users->entries[solve->entry[USERS]].team == NOWHERE)
            s->challenges[solve->challenge].solvers++;
    }
}

/* Teams, and users without one. */
static uint32_t count_competitors(const struct standings *s)
{
    uint32_t n = s->leagues[TEAMS].nentries;

    for (uint32_t i = 0; i < s->leagues[USERS].nentries; i++)
        n += s->leagues[USERS].entries[i].team == NOWHERE;
    return n;
}

static void value(struct standings *s)
{
    uint32_t competitors = count_competitors(s);

    find_first_bloods(s);
    count_solvers(s);
    for (uint32_t i = 0; i < s->nchallenges; i++) {
        struct standings_challenge *c = &s->challenges[i];
        c->decay = scoring_decay(c->row, competitors);
        c->value = scoring_value(c->row, c->solvers, competitors);
    }
    for (uint32_t i = 0; i < s->nsolves; i++) {
        struct standings_solve *solve = &s->solves[i];
        if (solve->points == NO_POINTS)
            solve->points = s->challenges[solve->challenge].value;
    }
}

/* --- Award ------------------------------------------------------------------------------------ */

static int compare_awards(const void *va, const void *vb)
{
    const struct standings_award *a = va, *b = vb;

    if (a->entry != b->entry)
        return a->entry < b->entry ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    return a->points < b->points ? -1 : a->points > b->points;
}

static void add_award(struct league *l, uint32_t entry, const struct award *row)
{
    if (entry != NOWHERE)
        l->awards[l->nawards++] =
            (struct standings_award){.at = row->awarded_at, .entry = entry, .points = row->points};
}

static void sort_awards(struct league *l)
{
    qsort(l->awards, l->nawards, sizeof *l->awards, compare_awards);
    for (uint32_t i = 0; i < l->nawards; i++) {
        struct range *range = &l->entries[l->awards[i].entry].awards;
        if (range->n++ == 0)
            range->first = i;
    }
}

static void award(struct standings *s, const struct placing *w)
{
    struct league *users = &s->leagues[USERS], *teams = &s->leagues[TEAMS];

    users->nawards = teams->nawards = 0;
    for (size_t i = 0; i < w->data->nawards; i++) {
        const struct award *row = &w->data->awards[i];
        uint32_t user = find_user(s, row->has_user, row->user_id);
        add_award(users, user, row);
        add_award(teams, find_team(s, row->has_team, row->team_id, user), row);
    }
    sort_awards(users);
    sort_awards(teams);
}

/* --- Score ------------------------------------------------------------------------------------ */

static void give(struct entry *e, int32_t points, int64_t at, bool breaks_ties)
{
    e->score += points;
    if (points > 0 && breaks_ties && (e->reached == NEVER || e->reached < at))
        e->reached = at;
}

static void score(const struct standings *s, struct league *l)
{
    for (uint32_t i = 0; i < l->nsolves; i++) {
        const struct standings_solve *solve = &s->solves[l->solves[i]];
        give(&l->entries[solve->entry[l->kind]], solve->points, solve->at,
             s->challenges[solve->challenge].row->breaks_ties);
    }
    for (uint32_t i = 0; i < l->nawards; i++)
        give(&l->entries[l->awards[i].entry], l->awards[i].points, l->awards[i].at, true);
}

/* --- Rank ------------------------------------------------------------------------------------- */

/* How two entries with equal scores compare; 0: their ids decide. */
typedef int tie_breaker(const struct entry *a, const struct entry *b, const char *texts);

struct rank_context {
    const struct entry *entries;
    tie_breaker *tie_break;
    const char *texts;
};

static int by_reached(const struct entry *a, const struct entry *b, const char *texts)
{
    (void)texts;
    return a->reached < b->reached ? -1 : a->reached > b->reached;
}

static int by_name(const struct entry *a, const struct entry *b, const char *texts)
{
    uint32_t common = a->name.len < b->name.len ? a->name.len : b->name.len;
    int order = common ? memcmp(texts + a->name.offset, texts + b->name.offset, common) : 0;

    return order ? order : (a->name.len > b->name.len) - (a->name.len < b->name.len);
}

static int by_id(const struct entry *a, const struct entry *b, const char *texts)
{
    (void)texts;
    return a < b ? -1 : a > b; /* entries are ordered by id */
}

static int compare_entries(const void *va, const void *vb, void *context)
{
    const struct rank_context *c = context;
    const struct entry *a = &c->entries[*(const uint32_t *)va];
    const struct entry *b = &c->entries[*(const uint32_t *)vb];
    int order = 0;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->tie != b->tie)
        return a->tie < b->tie ? -1 : 1;
    order = c->tie_break(a, b, c->texts);
    return order ? order : by_id(a, b, c->texts);
}

static tie_breaker *const tie_breaks[TIE_RULE_COUNT][LEAGUE_COUNT] = {
    [TIE_FIRST_TO_REACH] = {[USERS] = by_reached, [TEAMS] = by_reached},
    [TIE_REFERENCE] = {[USERS] = by_id, [TEAMS] = by_name},
    [TIE_SHARED] = {[USERS] = by_reached, [TEAMS] = by_reached},
};

static void rank(struct league *l, const struct dataset *data)
{
    struct rank_context context = {
        .entries = l->entries,
        .tie_break = tie_breaks[data->competition.tie_rule][l->kind],
        .texts = data->pool.data,
    };

    for (uint32_t i = 0; i < l->nentries; i++)
        l->ranking[i] = i;
    qsort_r(l->ranking, l->nentries, sizeof *l->ranking, compare_entries, &context);
}

int standings_build(struct standings *s, const struct dataset *data, struct arena *memory,
                    struct err *err)
{
    struct placing w = {.data = data};

    *s = (struct standings){0};
    if (reserve(s, &w, memory, err) < 0)
        return -1;
    place_divisions(s, &w);
    place_challenges(s, &w);
    place_teams(s, &w);
    place_users(s, &w);
    place_solves(s, &w);
    collect(s, &s->leagues[USERS]);
    collect(s, &s->leagues[TEAMS]);
    value(s);
    award(s, &w);
    for (enum league_kind kind = 0; kind < LEAGUE_COUNT; kind++) {
        score(s, &s->leagues[kind]);
        rank(&s->leagues[kind], data);
    }
    return 0;
}
