#include "lib/board/timeline.h"

#include <string.h>

#include "lib/board/radix.h"

/* Which interval, counted from 1970; rounds down also before it. */
static int64_t interval_of(int64_t at)
{
    return at / TIMELINE_INTERVAL - (at % TIMELINE_INTERVAL < 0);
}

static int64_t first_interval(const struct standings *s, const struct league *l)
{
    int64_t first = INT64_MAX;

    for (uint32_t i = 0; i < l->nsolves; i++) {
        int64_t interval = interval_of(s->solves[l->solves[i]].at);
        if (interval < first)
            first = interval;
    }
    return first;
}

/* The league's solves are ordered by entry, and the sort is stable: it yields interval, then
 * entry. The 9,999 years that a time can lie in are 526 million intervals: they fit the key. */
void timeline_begin(struct timeline *t, const struct standings *s, const struct league *l)
{
    uint32_t *intervals = s->spare[0], *solves = s->spare[1], last = 0;
    int64_t first = first_interval(s, l);

    for (uint32_t i = 0; i < l->nsolves; i++) {
        uint32_t solve = l->solves[i];
        intervals[solve] = (uint32_t)(interval_of(s->solves[solve].at) - first);
        if (intervals[solve] > last)
            last = intervals[solve];
        solves[i] = solve;
    }
    radix_sort(solves, s->spare[2], l->nsolves, intervals, last);
    *t = (struct timeline){
        .standings = s, .league = l, .solves = solves, .intervals = intervals, .first = first};
}

static bool joins(const struct timeline *t, const struct timeline_row *row, uint32_t interval)
{
    uint32_t solve = t->solves[t->next];

    return t->intervals[solve] == interval &&
           t->league->entry_of_user[t->standings->solves[solve].user] == row->entry;
}

bool timeline_next(struct timeline *t, struct timeline_row *row)
{
    const struct standings *s = t->standings;
    uint32_t interval;

    if (t->next == t->league->nsolves)
        return false;
    interval = t->intervals[t->solves[t->next]];
    *row = (struct timeline_row){
        .timestamp = (t->first + interval) * TIMELINE_INTERVAL,
        .entry = t->league->entry_of_user[s->solves[t->solves[t->next]].user],
    };
    do {
        row->points += s->challenges[s->solves[t->solves[t->next]].challenge].value;
        row->challenge_count++;
        t->next++;
    } while (t->next < t->league->nsolves && joins(t, row, interval));
    return true;
}
