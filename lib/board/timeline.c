#include "lib/board/timeline.h"

/* Which interval, counted from 1970; rounds down also before it. */
static int64_t interval_of(int64_t at)
{
    return at / TIMELINE_INTERVAL - (at % TIMELINE_INTERVAL < 0);
}

static int64_t first_interval(const struct standings *s, const struct league *l)
{
    int64_t first = INT64_MAX;

    for (uint32_t i = 0; i < l->nsolves; i++) {
        int64_t at = s->solves[l->solves[i]].at;
        if (at < first)
            first = at;
    }
    return interval_of(first);
}

/* The league's solves are ordered by entry, and the sort is stable: by interval, then entry. */
void timeline_begin(struct timeline *t, const struct standings *s, const struct league *l)
{
    int64_t first = first_interval(s, l);

    for (uint32_t i = 0; i < l->nsolves; i++) {
        const struct standings_solve *solve = &s->solves[l->solves[i]];
        s->items[i] = (struct radix_item){
            .key = (uint64_t)(interval_of(solve->at) - first),
            .part = {.entry = l->entry_of_user[solve->user],
                     .points = s->challenges[solve->challenge].value},
        };
    }
    radix_sort(s->items, s->spare_items, l->nsolves);
    *t = (struct timeline){.next = s->items, .end = s->items + l->nsolves, .first = first};
}

bool timeline_next(struct timeline *t, struct timeline_row *row)
{
    const struct radix_item *begin = t->next, *item = begin;

    if (begin == t->end)
        return false;
    *row = (struct timeline_row){
        .timestamp = (t->first + (int64_t)begin->key) * TIMELINE_INTERVAL,
        .entry = begin->part.entry,
    };
    for (; item < t->end && item->key == begin->key && item->part.entry == row->entry; item++) {
        row->points += item->part.points;
        row->challenge_count++;
    }
    t->next = item;
    return true;
}
