/*
 * dataset: five growing arrays and one pool for their texts.
 */
#include "lib/board/dataset.h"

#include <stdlib.h>

#define FIRST_CAP 256

void dataset_init(struct dataset *d)
{
    *d = (struct dataset){0};
}

void dataset_release(struct dataset *d)
{
    free(d->challenges);
    free(d->teams);
    free(d->users);
    free(d->solves);
    free(d->awards);
    buffer_release(&d->pool);
    *d = (struct dataset){0};
}

void dataset_clear(struct dataset *d)
{
    d->nchallenges = d->nteams = d->nusers = d->nsolves = d->nawards = 0;
    buffer_clear(&d->pool);
}

/* Returns the array `rows` of `n` items, moved if it must be, with room for one more; NULL, and the
 * old one stays, when there is none. */
static void *with_room(void *rows, size_t n, size_t *cap, size_t size, struct err *err)
{
    if (n < *cap)
        return rows;
    if (n >= DATASET_ROWS_MAX) {
        err_set(err, "more than %zu rows in a view", DATASET_ROWS_MAX);
        return NULL;
    }
    size_t grown = *cap ? *cap * 2 : FIRST_CAP;
    void *moved = reallocarray(rows, grown, size);
    if (!moved) {
        err_set(err, "out of memory for %zu rows", grown);
        return NULL;
    }
    *cap = grown;
    return moved;
}

static int add_text(struct dataset *d, const char *bytes, size_t len, struct text *text,
                    struct err *err)
{
    if (len > UINT32_MAX)
        return err_set(err, "a text of %zu bytes", len);
    *text = (struct text){.offset = d->pool.len, .len = (uint32_t)len};
    buffer_append(&d->pool, bytes, len);
    if (buffer_failed(&d->pool))
        return err_set(err, "out of memory for texts");
    return 0;
}

int dataset_add_challenge(struct dataset *d, const struct challenge *c, const char *title,
                          size_t title_len, const char *category, size_t category_len,
                          struct err *err)
{
    struct challenge row = *c;
    if (add_text(d, title, title_len, &row.title, err) < 0 ||
        add_text(d, category, category_len, &row.category, err) < 0)
        return -1;
    struct challenge *rows =
        with_room(d->challenges, d->nchallenges, &d->challenges_cap, sizeof(row), err);
    if (!rows)
        return -1;
    d->challenges = rows;
    d->challenges[d->nchallenges++] = row;
    return 0;
}

int dataset_add_team(struct dataset *d, int64_t id, const char *name, size_t len, struct err *err)
{
    struct team row = {.id = id};
    if (add_text(d, name, len, &row.name, err) < 0)
        return -1;
    struct team *rows = with_room(d->teams, d->nteams, &d->teams_cap, sizeof(row), err);
    if (!rows)
        return -1;
    d->teams = rows;
    d->teams[d->nteams++] = row;
    return 0;
}

int dataset_add_user(struct dataset *d, int64_t id, const char *name, size_t len, bool has_team,
                     int64_t team_id, struct err *err)
{
    struct user row = {.id = id, .team_id = team_id, .has_team = has_team};
    if (add_text(d, name, len, &row.name, err) < 0)
        return -1;
    struct user *rows = with_room(d->users, d->nusers, &d->users_cap, sizeof(row), err);
    if (!rows)
        return -1;
    d->users = rows;
    d->users[d->nusers++] = row;
    return 0;
}

int dataset_add_solve(struct dataset *d, const struct solve *s, struct err *err)
{
    struct solve *rows = with_room(d->solves, d->nsolves, &d->solves_cap, sizeof(*s), err);
    if (!rows)
        return -1;
    d->solves = rows;
    d->solves[d->nsolves++] = *s;
    return 0;
}

int dataset_add_award(struct dataset *d, const struct award *a, struct err *err)
{
    struct award *rows = with_room(d->awards, d->nawards, &d->awards_cap, sizeof(*a), err);
    if (!rows)
        return -1;
    d->awards = rows;
    d->awards[d->nawards++] = *a;
    return 0;
}
