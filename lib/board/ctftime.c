#include "lib/board/ctftime.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

void ctftime_begin(struct ctftime *c, const struct standings *s, const struct dataset *data,
                   struct arena *memory)
{
    c->standings = s;
    c->data = data;
    c->keys = arena_take(memory, s->nchallenges, sizeof *c->keys);
    c->order = arena_take(memory, s->nchallenges, sizeof *c->order);
    buffer_clear(&c->texts);
}

void ctftime_release(struct ctftime *c)
{
    buffer_release(&c->texts);
}

/* --- Keys ---------------------------------------------------------------------------------------
 * A title stays as it is if no challenge with a lower id has it, and if it does not look like one
 * that was made distinct. All others end with an id of their own: so no two are the same. */

static void append_text(const struct ctftime *c, struct text text, struct buffer *out)
{
    buffer_append(out, c->texts.data + text.offset, text.len);
}

static int compare_titles(const void *va, const void *vb, void *context)
{
    const struct ctftime *c = context;
    uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
    struct text ta = c->keys[a], tb = c->keys[b];
    int order = memcmp(c->texts.data + ta.offset, c->texts.data + tb.offset,
                       ta.len < tb.len ? ta.len : tb.len);

    if (order == 0)
        order = (ta.len > tb.len) - (ta.len < tb.len);
    return order ? order : (a > b) - (a < b);
}

static bool same_title(const struct ctftime *c, uint32_t a, uint32_t b)
{
    struct text ta = c->keys[a], tb = c->keys[b];

    return ta.len == tb.len &&
           memcmp(c->texts.data + ta.offset, c->texts.data + tb.offset, ta.len) == 0;
}

static bool looks_distinct_already(const struct ctftime *c, struct text title)
{
    return memmem(c->texts.data + title.offset, title.len, " (#", 3) != NULL;
}

/* "pwn" -> "pwn (#17)" */
static struct text with_id(struct ctftime *c, struct text title, int64_t id)
{
    size_t start = c->texts.len;

    if (buffer_reserve(&c->texts, title.len)) /* or the title may move while it is copied */
        append_text(c, (struct text){title.offset, title.len - 1}, &c->texts);
    buffer_append_text(&c->texts, " (#");
    buffer_append_int(&c->texts, id);
    buffer_append_text(&c->texts, ")\"");
    return (struct text){.offset = start, .len = (uint32_t)(c->texts.len - start)};
}

static void sort_titles(struct ctftime *c)
{
    const struct standings *s = c->standings;

    for (uint32_t i = 0; i < s->nchallenges; i++) {
        size_t start = c->texts.len;
        dataset_append_quoted(c->data, s->challenges[i].row->title, &c->texts);
        c->keys[i] = (struct text){.offset = start, .len = (uint32_t)(c->texts.len - start)};
        c->order[i] = i;
    }
    if (!buffer_failed(&c->texts))
        qsort_r(c->order, s->nchallenges, sizeof *c->order, compare_titles, c);
}

/* From the last to the first: whoever is looked at beside the one before still has its title. */
static void make_keys(struct ctftime *c)
{
    sort_titles(c);
    for (uint32_t i = c->standings->nchallenges; i-- > 0 && !buffer_failed(&c->texts);) {
        uint32_t challenge = c->order[i];
        struct text title = c->keys[challenge];
        if ((i > 0 && same_title(c, c->order[i - 1], challenge)) ||
            looks_distinct_already(c, title))
            c->keys[challenge] = with_id(c, title, c->standings->challenges[challenge].row->id);
    }
}

/* --- The feed --------------------------------------------------------------------------------- */

static int64_t seconds(int64_t us)
{
    return us / 1000000 - (us % 1000000 < 0);
}

static void render_tasks(const struct ctftime *c, struct buffer *out)
{
    buffer_append_text(out, "{\"tasks\":[");
    for (uint32_t i = 0; i < c->standings->nchallenges; i++) {
        json_begin_item(out);
        append_text(c, c->keys[i], out);
    }
    buffer_append_text(out, "],\"standings\":[");
}

static void render_solve(const struct ctftime *c, const struct standings_solve *solve,
                         struct buffer *out)
{
    append_text(c, c->keys[solve->challenge], out);
    buffer_append_text(out, ":{\"points\":");
    buffer_append_int(out, solve->points);
    buffer_append_text(out, ",\"time\":");
    buffer_append_int(out, seconds(solve->at));
    buffer_append_char(out, '}');
}

static void render_solves(const struct ctftime *c, const struct league *l,
                          const struct entry *entry, struct buffer *out)
{
    int64_t last = INT64_MIN;

    buffer_append_text(out, ",\"taskStats\":{");
    for (uint32_t i = 0; i < entry->solves.n; i++) {
        const struct standings_solve *solve =
            &c->standings->solves[l->solves[entry->solves.first + i]];
        if (i > 0)
            buffer_append_char(out, ',');
        render_solve(c, solve, out);
        last = solve->at > last ? solve->at : last;
    }
    buffer_append_char(out, '}');
    if (entry->solves.n > 0) {
        buffer_append_text(out, ",\"lastAccept\":");
        buffer_append_int(out, seconds(last));
    }
}

static void render_entry(const struct ctftime *c, const struct league *l, const struct entry *entry,
                         uint32_t rank, struct buffer *out)
{
    buffer_append_text(out, "{\"pos\":");
    buffer_append_int(out, rank);
    buffer_append_text(out, ",\"team\":");
    dataset_append_quoted(c->data, entry->name, out);
    buffer_append_text(out, ",\"score\":");
    buffer_append_int(out, entry->score);
    render_solves(c, l, entry, out);
    buffer_append_char(out, '}');
}

void ctftime_render(struct ctftime *c, struct buffer *out)
{
    const struct league *teams = &c->standings->leagues[TEAMS];
    const struct league *l = teams->nentries > 0 ? teams : &c->standings->leagues[USERS];
    bool shared = c->data->competition.tie_rule == TIE_SHARED;
    uint32_t rank = 0;

    make_keys(c);
    if (buffer_failed(&c->texts)) {
        out->failed = true;
        return;
    }
    render_tasks(c, out);
    for (uint32_t i = 0; i < l->nentries; i++) {
        const struct entry *entry = &l->entries[l->ranking[i]];
        if (!shared || i == 0 || entry->score != l->entries[l->ranking[i - 1]].score)
            rank = i + 1;
        json_begin_item(out);
        render_entry(c, l, entry, rank, out);
    }
    buffer_append_text(out, "]}");
}
