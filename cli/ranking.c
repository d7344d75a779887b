#include "cli/ranking.h"

#include <inttypes.h>
#include <stdbool.h>

#include "lib/timestamp.h"

/* C0, DEL, and of UTF-8 the C1: whatever begins a command to a terminal. */
static bool steers(const char *at, const char *end)
{
    unsigned char c = (unsigned char)*at;

    if (c == 0xc2 && at + 1 < end)
        return (unsigned char)at[1] < 0xa0;
    return c < 0x20 || c == 0x7f;
}

void ranking_print_text(FILE *out, const struct dataset *data, struct text text)
{
    const char *at, *end;

    if (text.len == 0)
        return;
    at = data->pool.data + text.offset;
    for (end = at + text.len; at < end; at++)
        if (!steers(at, end)) {
            putc(*at, out);
        } else {
            putc('?', out);
            at += (unsigned char)*at == 0xc2; /* both bytes */
        }
}

static void print_entry(FILE *out, const struct ranking *r, const struct entry *entry,
                        uint32_t rank)
{
    char reached[TIMESTAMP_MAX] = "-";

    if (entry->reached != NEVER)
        timestamp_format(reached, entry->reached);
    fprintf(out, "%6" PRIu32 " %8" PRId64 " %7" PRIu32 "  %-27s  ", rank, entry->score,
            entry->solves.n, reached);
    ranking_print_text(out, r->data, entry->name);
    putc('\n', out);
}

void ranking_print(FILE *out, const struct ranking *r, uint32_t most)
{
    const struct league *l = &r->standings->leagues[r->kind];
    bool shared = r->data->competition.tie_rule == TIE_SHARED;
    uint32_t place = 0, rank = 0;
    int64_t score = 0;

    fprintf(out, "%6s %8s %7s  %-27s  %s\n", "rank", "score", "solves", "reached",
            r->kind == USERS ? "user" : "team");
    for (uint32_t i = 0; i < l->nentries && place < most; i++) {
        const struct entry *entry = &l->entries[l->ranking[i]];
        if (r->division != NOWHERE && entry->division != r->division)
            continue;
        place++;
        if (!shared || place == 1 || entry->score != score)
            rank = place;
        score = entry->score;
        print_entry(out, r, entry, rank);
    }
}
