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
        first = at < first ? at : first;
    }
    for (uint32_t i = 0; i < l->nawards; i++)
        first = l->awards[i].at < first ? l->awards[i].at : first;
    return interval_of(first);
}

/* An item's index is its entry and, in the lowest bit, whether it is a solve: there are half as many
 * entries as 32 bits can count (DATASET_ROWS_MAX). */
static struct radix_item item_of(int64_t at, int64_t first, uint32_t entry, bool solve,
                                 int32_t points)
{
    return (struct radix_item){
        .key = (uint64_t)(interval_of(at) - first), .index = entry << 1 | solve, .carried = points};
}

static uint32_t entry_of(const struct radix_item *item)
{
    return item->index >> 1;
}

static bool is_solve(const struct radix_item *item)
{
    return item->index & 1;
}

/* By entry, since that is how the league has its solves and awards; and the sort is stable: by
 * interval, then entry. */
void timeline_begin(struct timeline *t, const struct standings *s, const struct league *l)
{
    int64_t first = first_interval(s, l);
    struct radix_item *to = s->items;

    for (uint32_t entry = 0; entry < l->nentries; entry++) {
        const struct range solves = l->entries[entry].solves, awards = l->entries[entry].awards;
        for (uint32_t i = solves.first; i < solves.first + solves.n; i++) {
            const struct standings_solve *solve = &s->solves[l->solves[i]];
            *to++ = item_of(solve->at, first, entry, true, solve->points);
        }
        for (uint32_t i = awards.first; i < awards.first + awards.n; i++)
            *to++ = item_of(l->awards[i].at, first, entry, false, l->awards[i].points);
    }
    radix_sort(s->items, s->spare_items, (size_t)(to - s->items));
    *t = (struct timeline){.next = s->items, .end = to, .first = first};
}

bool timeline_next(struct timeline *t, struct timeline_row *row)
{
    const struct radix_item *begin = t->next, *item = begin;

    if (begin == t->end)
        return false;
    *row = (struct timeline_row){
        .timestamp = (t->first + (int64_t)begin->key) * TIMELINE_INTERVAL,
        .entry = entry_of(begin),
    };
    for (; item < t->end && item->key == begin->key && entry_of(item) == row->entry; item++) {
        row->points += item->carried;
        row->challenge_count += is_solve(item);
    }
    t->next = item;
    return true;
}
