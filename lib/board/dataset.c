/*
 * dataset: growing arrays, and one pool for their texts.
 */
#include "lib/board/dataset.h"

#include <stdlib.h>

#include "lib/json.h"

#define FIRST_CAP 256

const char *const tie_rule_names[TIE_RULE_COUNT] = {
    [TIE_FIRST_TO_REACH] = "first_to_reach",
    [TIE_REFERENCE] = "reference",
    [TIE_SHARED] = "shared",
};

void dataset_init(struct dataset *d)
{
    *d = (struct dataset){0};
    dataset_clear(d);
}

void dataset_release(struct dataset *d)
{
    free(d->divisions);
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
    d->competition =
        (struct competition){.starts_at = NEVER, .freezes_at = NEVER, .ends_at = NEVER};
    d->ndivisions = d->nchallenges = d->nteams = d->nusers = d->nsolves = d->nawards = 0;
    buffer_clear(&d->pool);
}

/* Returns the array `rows` of `n` items, moved if it must be, with room for one more; NULL, and the
 * old one stays, when there is none. */
static void *with_room(void *rows, size_t n, size_t *cap, size_t size, struct err *err)
{
    if (n < *cap)
        return rows;
    if (n >= DATASET_ROWS_MAX) {
        err_set(err, "more than %zu rows", DATASET_ROWS_MAX);
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

/* How many bytes the first TEXT_CHARACTERS_MAX characters take. Every character of UTF-8 has one
 * byte that does not continue another. */
static size_t len_kept(struct bytes text)
{
    size_t characters = 0;

    if (text.len <= TEXT_CHARACTERS_MAX)
        return text.len;
    for (size_t i = 0; i < text.len; i++)
        if ((text.at[i] & 0xc0) != 0x80 && characters++ == TEXT_CHARACTERS_MAX)
            return i;
    return text.len;
}

static int add_text(struct dataset *d, struct bytes bytes, struct text *text, struct err *err)
{
    size_t start = d->pool.len, kept = len_kept(bytes);

    buffer_append(&d->pool, bytes.at, kept);
    if (kept < bytes.len)
        buffer_append_text(&d->pool, TEXT_MARK);
    if (buffer_failed(&d->pool))
        return err_set(err, "out of memory for texts");
    if (d->pool.len - start > UINT32_MAX)
        return err_set(err, "a text of %zu bytes", bytes.len);
    *text = (struct text){.offset = start, .len = (uint32_t)(d->pool.len - start)};
    return 0;
}

int dataset_set_competition(struct dataset *d, const struct competition *c, struct bytes name,
                            struct err *err)
{
    struct competition row = *c;

    if (add_text(d, name, &row.name, err) < 0)
        return -1;
    d->competition = row;
    return 0;
}

int dataset_add_division(struct dataset *d, const struct division *row, struct bytes name,
                         struct err *err)
{
    struct division *rows =
        with_room(d->divisions, d->ndivisions, &d->divisions_cap, sizeof(*row), err);

    if (!rows)
        return -1;
    d->divisions = rows;
    rows[d->ndivisions] = *row;
    return add_text(d, name, &rows[d->ndivisions++].name, err);
}

int dataset_add_challenge(struct dataset *d, const struct challenge *row, struct bytes title,
                          struct bytes category, struct err *err)
{
    struct challenge *rows =
        with_room(d->challenges, d->nchallenges, &d->challenges_cap, sizeof(*row), err);
    struct challenge *added;

    if (!rows)
        return -1;
    d->challenges = rows;
    added = &rows[d->nchallenges++];
    *added = *row;
    if (add_text(d, title, &added->title, err) < 0)
        return -1;
    return add_text(d, category, &added->category, err);
}

int dataset_add_team(struct dataset *d, const struct team *row, struct bytes name, struct err *err)
{
    struct team *rows = with_room(d->teams, d->nteams, &d->teams_cap, sizeof(*row), err);

    if (!rows)
        return -1;
    d->teams = rows;
    rows[d->nteams] = *row;
    return add_text(d, name, &rows[d->nteams++].name, err);
}

int dataset_add_user(struct dataset *d, const struct user *row, struct bytes name, struct err *err)
{
    struct user *rows = with_room(d->users, d->nusers, &d->users_cap, sizeof(*row), err);

    if (!rows)
        return -1;
    d->users = rows;
    rows[d->nusers] = *row;
    return add_text(d, name, &rows[d->nusers++].name, err);
}

int dataset_add_solve(struct dataset *d, const struct solve *row, struct err *err)
{
    struct solve *rows = with_room(d->solves, d->nsolves, &d->solves_cap, sizeof(*row), err);

    if (!rows)
        return -1;
    d->solves = rows;
    rows[d->nsolves++] = *row;
    return 0;
}

int dataset_add_award(struct dataset *d, const struct award *row, struct err *err)
{
    struct award *rows = with_room(d->awards, d->nawards, &d->awards_cap, sizeof(*row), err);

    if (!rows)
        return -1;
    d->awards = rows;
    rows[d->nawards++] = *row;
    return 0;
}

void dataset_append_quoted(const struct dataset *d, struct text text, struct buffer *out)
{
    json_append_string(out, text.len > 0 ? d->pool.data + text.offset : "", text.len);
}
