/*
 * standings: ids become positions, rows become standings.
 *
 *     reserve   all memory first, so that nothing after it can fail
 *     place     challenges, users and teams, each ordered by id; each user's earliest solves
 *     collect   for each league the solves that count: by entry, by challenge, the earliest
 *     value     the challenges, by how many solved them
 *     score     the entries: solves, then awards
 *     rank      the entries
 *
 * There are ten times as many solves as anything else. They are never compared with each other to
 * be ordered: radix sorts bring together what belongs together. Only entries, 30,000 at most where
 * competitions go, are ordered by comparing.
 */
#include "lib/board/standings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/board/radix.h"
#include "lib/board/scoring.h"

/* A row of a view on its way to its place. */
struct keyed {
    int64_t id;
    uint32_t row;
};

struct work {
    const struct dataset *data;
    struct keyed *keys;      /* room for any view's rows but solves and awards */
    struct idmap challenges; /* id -> position */
    uint32_t *user_of_user, *team_of_user;
};

/* --- Reserve ---------------------------------------------------------------------------------- */

static size_t max_of_three(size_t a, size_t b, size_t c)
{
    size_t most = a > b ? a : b;

    return most > c ? most : c;
}

static void reserve_league(struct league *l, size_t nentries, size_t nsolves, struct arena *memory)
{
    l->entries = arena_take(memory, nentries, sizeof *l->entries);
    l->ranking = arena_take(memory, nentries, sizeof *l->ranking);
    l->solves = arena_take(memory, nsolves, sizeof *l->solves);
    idmap_init(&l->positions, memory, (uint32_t)nentries);
}

static int reserve(struct standings *s, struct work *w, struct arena *memory, struct err *err)
{
    const struct dataset *d = w->data;

    w->keys =
        arena_take(memory, max_of_three(d->nchallenges, d->nusers, d->nteams), sizeof *w->keys);
    idmap_init(&w->challenges, memory, (uint32_t)d->nchallenges);
    w->user_of_user = arena_take(memory, d->nusers, sizeof *w->user_of_user);
    w->team_of_user = arena_take(memory, d->nusers, sizeof *w->team_of_user);
    s->challenges = arena_take(memory, d->nchallenges, sizeof *s->challenges);
    s->solves = arena_take(memory, d->nsolves, sizeof *s->solves);
    s->items = arena_take(memory, d->nsolves, sizeof *s->items);
    s->spare_items = arena_take(memory, d->nsolves, sizeof *s->spare_items);
    reserve_league(&s->users, d->nusers, d->nsolves, memory);
    reserve_league(&s->teams, d->nteams, d->nsolves, memory);
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
static uint32_t settle(struct keyed *keys, uint32_t n, struct idmap *positions)
{
    uint32_t kept = 0;

    qsort(keys, n, sizeof *keys, compare_keyed);
    for (uint32_t i = 0; i < n; i++) {
        if (kept > 0 && keys[kept - 1].id == keys[i].id)
            continue;
        idmap_add(positions, keys[i].id, kept);
        keys[kept++] = keys[i];
    }
    return kept;
}

static void place_challenges(struct standings *s, struct work *w)
{
    const struct challenge *rows = w->data->challenges;

    for (uint32_t i = 0; i < w->data->nchallenges; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    s->nchallenges = settle(w->keys, (uint32_t)w->data->nchallenges, &w->challenges);
    for (uint32_t i = 0; i < s->nchallenges; i++)
        s->challenges[i] =
            (struct standings_challenge){.row = &rows[w->keys[i].row], .first_blood = NOWHERE};
}

static struct entry new_entry(int64_t id, struct text name)
{
    return (struct entry){.id = id, .name = name, .reached = NEVER};
}

static void place_teams(struct league *l, struct work *w)
{
    const struct team *rows = w->data->teams;

    for (uint32_t i = 0; i < w->data->nteams; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    l->nentries = settle(w->keys, (uint32_t)w->data->nteams, &l->positions);
    for (uint32_t i = 0; i < l->nentries; i++)
        l->entries[i] = new_entry(w->keys[i].id, rows[w->keys[i].row].name);
    l->entry_of_user = w->team_of_user;
}

/* After the teams: a user whose team the view of teams does not show competes alone. */
static void place_users(struct standings *s, struct work *w)
{
    const struct user *rows = w->data->users;
    struct league *l = &s->users;

    for (uint32_t i = 0; i < w->data->nusers; i++)
        w->keys[i] = (struct keyed){.id = rows[i].id, .row = i};
    l->nentries = settle(w->keys, (uint32_t)w->data->nusers, &l->positions);
    for (uint32_t i = 0; i < l->nentries; i++) {
        const struct user *user = &rows[w->keys[i].row];
        l->entries[i] = new_entry(user->id, user->name);
        w->user_of_user[i] = i;
        w->team_of_user[i] =
            user->has_team ? idmap_find(&s->teams.positions, user->team_id) : NOWHERE;
    }
    l->entry_of_user = w->user_of_user;
}

/* One number that orders by two positions. */
static uint64_t place(uint32_t entry, uint32_t challenge, const struct standings *s)
{
    return (uint64_t)entry * s->nchallenges + challenge;
}

/* The rows that name a user and a challenge that are shown, by user and challenge. */
static size_t sort_solves(struct standings *s, const struct work *w)
{
    size_t n = 0;

    for (size_t i = 0; i < w->data->nsolves; i++) {
        const struct solve *row = &w->data->solves[i];
        uint32_t user = idmap_find(&s->users.positions, row->user_id);
        uint32_t challenge = idmap_find(&w->challenges, row->challenge_id);
        if (user != NOWHERE && challenge != NOWHERE)
            s->items[n++] =
                (struct radix_item){.key = place(user, challenge, s), .at = row->solved_at};
    }
    radix_sort(s->items, s->spare_items, n);
    return n;
}

static void place_solves(struct standings *s, const struct work *w)
{
    size_t n = sort_solves(s, w);

    s->nsolves = 0;
    for (size_t i = 0; i < n; i++) {
        const struct radix_item *item = &s->items[i];
        if (i > 0 && item[-1].key == item->key) {
            int64_t *at = &s->solves[s->nsolves - 1].at;
            *at = item->at < *at ? item->at : *at;
            continue;
        }
        s->solves[s->nsolves++] =
            (struct standings_solve){.user = (uint32_t)(item->key / s->nchallenges),
                                     .challenge = (uint32_t)(item->key % s->nchallenges),
                                     .at = item->at};
    }
}

/* --- Collect ------------------------------------------------------------------------------------
 * Of equal times the lower user id counts. Solves are ordered by user, and sorts are stable: it is
 * the one that comes first. */

/* The solves of those who play a part in the league, by entry and challenge. */
static uint32_t sort_league(const struct standings *s, const struct league *l)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->nsolves; i++) {
        uint32_t entry = l->entry_of_user[s->solves[i].user];
        if (entry != NOWHERE)
            s->items[n++] =
                (struct radix_item){.key = place(entry, s->solves[i].challenge, s), .solve = i};
    }
    radix_sort(s->items, s->spare_items, n);
    return n;
}

static void collect(const struct standings *s, struct league *l)
{
    uint32_t n = sort_league(s, l), kept = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t solve = s->items[i].solve;
        struct entry *entry = &l->entries[l->entry_of_user[s->solves[solve].user]];
        if (i > 0 && s->items[i - 1].key == s->items[i].key) {
            if (s->solves[solve].at < s->solves[l->solves[kept - 1]].at)
                l->solves[kept - 1] = solve;
            continue;
        }
        if (entry->nsolves++ == 0)
            entry->first = kept;
        l->solves[kept++] = solve;
    }
    l->nsolves = kept;
}

/* --- Value ------------------------------------------------------------------------------------ */

static void find_first_bloods(struct standings *s)
{
    for (uint32_t i = 0; i < s->nsolves; i++) {
        uint32_t *first = &s->challenges[s->solves[i].challenge].first_blood;
        if (*first == NOWHERE || s->solves[i].at < s->solves[*first].at)
            *first = i;
    }
}

/* Users with a team do so in its name. */
static void count_solvers(struct standings *s)
{
    for (uint32_t i = 0; i < s->teams.nsolves; i++)
        s->challenges[s->solves[s->teams.solves[i]].challenge].solvers++;
    for (uint32_t i = 0; i < s->nsolves; i++)
        if (s->teams.entry_of_user[s->solves[i].user] == NOWHERE)
            s->challenges[s->solves[i].challenge].solvers++;
}

/* Teams, and users without one. */
static uint32_t count_competitors(const struct standings *s)
{
    uint32_t n = s->teams.nentries;

    for (uint32_t i = 0; i < s->users.nentries; i++)
        n += s->teams.entry_of_user[i] == NOWHERE;
    return n;
}

static void value_challenges(struct standings *s)
{
    uint32_t competitors = count_competitors(s);

    find_first_bloods(s);
    count_solvers(s);
    for (uint32_t i = 0; i < s->nchallenges; i++) {
        struct standings_challenge *c = &s->challenges[i];
        c->value = scoring_value(c->row, c->solvers, competitors);
    }
}

/* --- Score ------------------------------------------------------------------------------------ */

static void give(struct entry *e, int32_t points, int64_t at)
{
    e->score += points;
    if (points > 0 && (e->reached == NEVER || e->reached < at))
        e->reached = at;
}

static void score_solves(const struct standings *s, struct league *l)
{
    for (uint32_t i = 0; i < l->nsolves; i++) {
        const struct standings_solve *solve = &s->solves[l->solves[i]];
        give(&l->entries[l->entry_of_user[solve->user]], s->challenges[solve->challenge].value,
             solve->at);
    }
}

/* A user's award is the user's team's too; whatever team such a row names besides does not
 * count. */
static void score_award(struct standings *s, const struct award *a)
{
    uint32_t user = NOWHERE, team = NOWHERE;

    if (a->has_user)
        user = idmap_find(&s->users.positions, a->user_id);
    else if (a->has_team)
        team = idmap_find(&s->teams.positions, a->team_id);
    if (user != NOWHERE) {
        give(&s->users.entries[user], a->points, a->awarded_at);
        team = s->teams.entry_of_user[user];
    }
    if (team != NOWHERE)
        give(&s->teams.entries[team], a->points, a->awarded_at);
}

static void score(struct standings *s, const struct dataset *d)
{
    score_solves(s, &s->users);
    score_solves(s, &s->teams);
    for (size_t i = 0; i < d->nawards; i++)
        score_award(s, &d->awards[i]);
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
    order = c->tie_break(a, b, c->texts);
    return order ? order : by_id(a, b, c->texts);
}

static void rank(struct league *l, tie_breaker *tie_break, const char *texts)
{
    struct rank_context context = {.entries = l->entries, .tie_break = tie_break, .texts = texts};

    for (uint32_t i = 0; i < l->nentries; i++)
        l->ranking[i] = i;
    qsort_r(l->ranking, l->nentries, sizeof *l->ranking, compare_entries, &context);
}

static tie_breaker *const user_tie_breaks[] = {
    [TIE_FIRST_TO_REACH] = by_reached, [TIE_REFERENCE] = by_id};
static tie_breaker *const team_tie_breaks[] = {
    [TIE_FIRST_TO_REACH] = by_reached, [TIE_REFERENCE] = by_name};

int standings_build(struct standings *s, const struct dataset *data, enum tie_rule tie,
                    struct arena *memory, struct err *err)
{
    struct work w = {.data = data};

    if (reserve(s, &w, memory, err) < 0)
        return -1;
    place_challenges(s, &w);
    place_teams(&s->teams, &w);
    place_users(s, &w);
    place_solves(s, &w);
    collect(s, &s->users);
    collect(s, &s->teams);
    value_challenges(s);
    score(s, data);
    rank(&s->users, user_tie_breaks[tie], data->pool.data);
    rank(&s->teams, team_tie_breaks[tie], data->pool.data);
    return 0;
}
