/*
 * boards: from standings to JSON.
 *
 * A large competition makes 115 MB of text out of 300,000 solves, so no text is made twice. How an
 * entry begins ("user_id":1,"username":"user1") is rendered once and serves the leaderboard and
 * every row of the timeline. All that comes before the entries is rendered once for both
 * leaderboards. A solve is rendered once, in the user leaderboard, from where the team leaderboard
 * copies it: a team's solve is nearly always one of its members'. Entries and rows of a division are
 * copied from where they stand in the board of all. What is absent from most competitions (divisions,
 * awards, ...) leaves no trace in the text of those.
 *
 * The leaderboards and the timelines have nothing in common but what both only read: they are
 * rendered side by side.
 */
#include "lib/board/boards.h"

#include <stdlib.h>
#include <string.h>

#include "lib/arena.h"
#include "lib/board/ctftime.h"
#include "lib/board/head.h"
#include "lib/board/standings.h"
#include "lib/board/timeline.h"
#include "lib/json.h"
#include "lib/timestamp.h"

/* One board, of all and of each division; NULL: nobody wants it. */
struct document_buffers {
    struct buffer *all, **of_division;
};

/* A league on its way to its two boards. */
struct side {
    const struct league *league;
    struct document_buffers leaderboard, timeline;
    const char *id_field, *name_field;
    struct text *labels; /* how each entry begins, in boards.labels */
};

struct boards {
    struct arena memory; /* of all arrays below */
    struct standings standings;
    struct side users, teams;
    struct ctftime ctftime;
    struct buffer *feed;           /* where it goes; NULL: nowhere */
    struct text *challenge_labels; /* how a solve of each begins, in boards.labels */
    struct text *solves;           /* in the user leaderboard; empty: not there */
    struct buffer labels;
    struct buffer head; /* how both leaderboards begin */
};

struct boards *boards_new(struct err *err)
{
    struct boards *b = calloc(1, sizeof *b);

    if (!b) {
        err_set(err, "out of memory for the boards");
        return NULL;
    }
    arena_init(&b->memory);
    b->users = (struct side){.league = &b->standings.leagues[USERS],
                             .id_field = "\"user_id\":",
                             .name_field = ",\"username\":"};
    b->teams = (struct side){.league = &b->standings.leagues[TEAMS],
                             .id_field = "\"team_id\":",
                             .name_field = ",\"team_name\":"};
    return b;
}

void boards_free(struct boards *b)
{
    if (!b)
        return;
    arena_release(&b->memory);
    ctftime_release(&b->ctftime);
    buffer_release(&b->labels);
    buffer_release(&b->head);
    free(b);
}

/* --- What is rendered once and used often ----------------------------------------------------- */

static struct text text_since(const struct buffer *b, size_t start)
{
    return (struct text){.offset = start, .len = (uint32_t)(b->len - start)};
}

static void append_from(struct buffer *out, const struct buffer *from, struct text text)
{
    if (text.len > 0)
        buffer_append(out, from->data + text.offset, text.len);
}

static void render_entry_labels(struct boards *b, struct side *side, const struct dataset *data)
{
    for (uint32_t i = 0; i < side->league->nentries; i++) {
        const struct entry *entry = &side->league->entries[i];
        size_t start = b->labels.len;
        buffer_append_text(&b->labels, side->id_field);
        buffer_append_int(&b->labels, entry->id);
        buffer_append_text(&b->labels, side->name_field);
        dataset_append_quoted(data, entry->name, &b->labels);
        side->labels[i] = text_since(&b->labels, start);
    }
}

static void render_challenge_labels(struct boards *b)
{
    for (uint32_t i = 0; i < b->standings.nchallenges; i++) {
        size_t start = b->labels.len;
        buffer_append_text(&b->labels, "{\"challenge_id\":");
        buffer_append_int(&b->labels, b->standings.challenges[i].row->id);
        buffer_append_text(&b->labels, ",\"solved_at\":\"");
        b->challenge_labels[i] = text_since(&b->labels, start);
    }
}

/* --- Documents -------------------------------------------------------------------------------- */

static void find_documents(struct boards *b, struct document_buffers *d, enum board board,
                           const struct boards_sink *sink)
{
    const struct standings *s = &b->standings;

    d->all = sink->document(sink->context, board, NULL);
    d->of_division = arena_take(&b->memory, s->ndivisions, sizeof(struct buffer *));
    for (uint32_t i = 0; d->of_division && i < s->ndivisions; i++)
        d->of_division[i] = sink->document(sink->context, board, s->divisions[i]);
}

static void append_to_all(const struct boards *b, const struct document_buffers *d,
                          const char *bytes, size_t len)
{
    buffer_append(d->all, bytes, len);
    for (uint32_t i = 0; i < b->standings.ndivisions; i++)
        if (d->of_division[i])
            buffer_append(d->of_division[i], bytes, len);
}

/* What the board of all has from `start` on is in the entry's division, too. Without divisions, no
 * look at the entry: it is far away in memory. */
static void share(const struct boards *b, const struct document_buffers *d,
                  const struct entry *entry, size_t start)
{
    struct buffer *to = NULL;

    if (b->standings.ndivisions > 0 && entry->division != NOWHERE)
        to = d->of_division[entry->division];
    if (!to)
        return;
    json_begin_item(to);
    append_from(to, d->all, text_since(d->all, start));
}

static bool documents_failed(const struct boards *b, const struct document_buffers *d)
{
    bool failed = buffer_failed(d->all);

    for (uint32_t i = 0; i < b->standings.ndivisions; i++)
        failed |= d->of_division[i] && buffer_failed(d->of_division[i]);
    return failed;
}

/* --- What is made first ----------------------------------------------------------------------- */

static int prepare(struct boards *b, const struct dataset *data, const struct boards_sink *sink,
                   struct err *err)
{
    const struct standings *s = &b->standings;

    find_documents(b, &b->users.leaderboard, BOARD_LEADERBOARD, sink);
    find_documents(b, &b->users.timeline, BOARD_TIMELINE, sink);
    find_documents(b, &b->teams.leaderboard, BOARD_LEADERBOARD_TEAMS, sink);
    find_documents(b, &b->teams.timeline, BOARD_TIMELINE_TEAMS, sink);
    b->feed = sink->document(sink->context, BOARD_CTFTIME, NULL);
    ctftime_begin(&b->ctftime, s, data, &b->memory);
    b->users.labels = arena_take(&b->memory, b->users.league->nentries, sizeof(struct text));
    b->teams.labels = arena_take(&b->memory, b->teams.league->nentries, sizeof(struct text));
    b->challenge_labels = arena_take(&b->memory, s->nchallenges, sizeof(struct text));
    b->solves = arena_take(&b->memory, s->nsolves, sizeof(struct text));
    if (arena_failed(&b->memory))
        return err_set(err, "out of memory for the boards");
    memset(b->solves, 0, s->nsolves * sizeof(struct text));
    buffer_clear(&b->labels);
    buffer_clear(&b->head);
    render_entry_labels(b, &b->users, data);
    render_entry_labels(b, &b->teams, data);
    render_challenge_labels(b);
    head_render(&b->head, s, data);
    return 0;
}

/* --- Leaderboards ----------------------------------------------------------------------------- */

static void render_solve(const struct boards *b, struct buffer *out, uint32_t solve)
{
    const struct standings_solve *s = &b->standings.solves[solve];
    const struct standings_challenge *c = &b->standings.challenges[s->challenge];
    char at[TIMESTAMP_MAX];

    append_from(out, &b->labels, b->challenge_labels[s->challenge]);
    buffer_append(out, at, timestamp_format(at, s->at));
    buffer_append_text(out, c->first_blood == solve ? "\",\"is_first_blood\":true"
                                                    : "\",\"is_first_blood\":false");
    if (s->points != c->value) {
        buffer_append_text(out, ",\"points\":");
        buffer_append_int(out, s->points);
    }
    buffer_append_char(out, '}');
}

/* `users` is the user leaderboard, which has nearly all solves already; NULL: it is being made now. */
static void render_solves(struct boards *b, const struct side *side, const struct entry *entry,
                          const struct buffer *users, struct buffer *out)
{
    for (uint32_t i = 0; i < entry->solves.n; i++) {
        uint32_t solve = side->league->solves[entry->solves.first + i];
        size_t start;
        json_begin_item(out);
        start = out->len;
        if (users && b->solves[solve].len > 0)
            append_from(out, users, b->solves[solve]);
        else
            render_solve(b, out, solve);
        if (!users)
            b->solves[solve] = text_since(out, start);
    }
}

static void render_awards(const struct league *l, const struct entry *entry, struct buffer *out)
{
    char at[TIMESTAMP_MAX];

    buffer_append_text(out, ",\"awards\":[");
    for (uint32_t i = 0; i < entry->awards.n; i++) {
        const struct standings_award *award = &l->awards[entry->awards.first + i];
        json_begin_item(out);
        buffer_append_text(out, "{\"points\":");
        buffer_append_int(out, award->points);
        buffer_append_text(out, ",\"awarded_at\":\"");
        buffer_append(out, at, timestamp_format(at, award->at));
        buffer_append_text(out, "\"}");
    }
    buffer_append_char(out, ']');
}

static void render_entry(struct boards *b, const struct side *side, uint32_t position,
                         const struct buffer *users, struct buffer *out)
{
    const struct entry *entry = &side->league->entries[position];

    buffer_append_char(out, '{');
    append_from(out, &b->labels, side->labels[position]);
    if (entry->team != NOWHERE) {
        buffer_append_text(out, ",\"team_id\":");
        buffer_append_int(out, b->teams.league->entries[entry->team].id);
    }
    if (entry->division != NOWHERE) {
        buffer_append_text(out, ",\"division_id\":");
        buffer_append_int(out, b->standings.divisions[entry->division]->id);
    }
    buffer_append_text(out, ",\"score\":");
    buffer_append_int(out, entry->score);
    buffer_append_text(out, ",\"solves\":[");
    render_solves(b, side, entry, users, out);
    buffer_append_char(out, ']');
    if (entry->awards.n > 0)
        render_awards(side->league, entry, out);
    buffer_append_char(out, '}');
}

/* Ranks know nothing of the order in memory: what the entries to come need is fetched while others
 * are rendered, which saves a quarter of the time for 30,000 of them. An entry leads to its solves,
 * and these to their rows: each is fetched when the former has come. */
static void fetch_ahead(const struct boards *b, const struct side *side, uint32_t rank)
{
    const struct league *l = side->league;

    if (rank + 16 < l->nentries) {
        uint32_t entry = l->ranking[rank + 16];
        __builtin_prefetch(&l->entries[entry]);
        __builtin_prefetch(&side->labels[entry]);
    }
    if (rank + 8 < l->nentries) {
        uint32_t entry = l->ranking[rank + 8];
        __builtin_prefetch(b->labels.data + side->labels[entry].offset);
        __builtin_prefetch(&l->solves[l->entries[entry].solves.first]);
    }
    if (rank + 4 < l->nentries && l->nsolves > 0) {
        uint32_t solve = l->solves[l->entries[l->ranking[rank + 4]].solves.first];
        __builtin_prefetch(&b->standings.solves[solve]);
        __builtin_prefetch(&b->solves[solve]);
    }
}

static void render_leaderboard(struct boards *b, const struct side *side,
                               const struct buffer *users)
{
    const struct document_buffers *d = &side->leaderboard;

    append_to_all(b, d, b->head.data, b->head.len);
    for (uint32_t i = 0; i < side->league->nentries; i++) {
        uint32_t position = side->league->ranking[i];
        size_t start;
        fetch_ahead(b, side, i);
        json_begin_item(d->all);
        start = d->all->len;
        render_entry(b, side, position, users, d->all);
        share(b, d, &side->league->entries[position], start);
    }
    append_to_all(b, d, "]}", 2);
}

/* --- Timelines -------------------------------------------------------------------------------- */

static void render_row(const struct boards *b, const struct side *side,
                       const struct timeline_row *row, struct buffer *out)
{
    buffer_append_text(out, "\",");
    append_from(out, &b->labels, side->labels[row->entry]);
    buffer_append_text(out, ",\"points\":");
    buffer_append_int(out, row->points);
    buffer_append_text(out, ",\"challenge_count\":");
    buffer_append_int(out, row->challenge_count);
    buffer_append_char(out, '}');
}

static void render_timeline(const struct boards *b, const struct side *side)
{
    static const char begin[] = "{\"submissions\":[";
    const struct document_buffers *d = &side->timeline;
    struct timeline timeline;
    struct timeline_row row;
    int64_t timestamp = NEVER;
    char at[TIMESTAMP_MAX];
    size_t start, len = 0;

    append_to_all(b, d, begin, strlen(begin));
    timeline_begin(&timeline, &b->standings, side->league);
    while (timeline_next(&timeline, &row)) {
        if (timestamp != row.timestamp)
            len = timestamp_format(at, row.timestamp);
        timestamp = row.timestamp;
        json_begin_item(d->all);
        start = d->all->len;
        buffer_append_text(d->all, "{\"timestamp\":\"");
        buffer_append(d->all, at, len);
        render_row(b, side, &row, d->all);
        share(b, d, &side->league->entries[row.entry], start);
    }
    append_to_all(b, d, "]}", 2);
}

/* --- All of them ------------------------------------------------------------------------------ */

/* The caller's thread, in whose core's cache the standings are, does the last: the longer one. */
enum { TIMELINES, LEADERBOARDS, RENDERING_PIECES };

/* Cannot fail: the buffers remember. */
static int render(void *boards, int piece, struct err *err)
{
    struct boards *b = boards;

    (void)err;
    if (piece == LEADERBOARDS) {
        render_leaderboard(b, &b->users, NULL);
        render_leaderboard(b, &b->teams, b->users.leaderboard.all);
    } else {
        render_timeline(b, &b->users);
        render_timeline(b, &b->teams);
        if (b->feed)
            ctftime_render(&b->ctftime, b->feed);
    }
    return 0;
}

static int check_memory(const struct boards *b, struct err *err)
{
    bool failed = buffer_failed(&b->labels) || buffer_failed(&b->head) ||
                  documents_failed(b, &b->users.leaderboard) ||
                  documents_failed(b, &b->users.timeline) ||
                  documents_failed(b, &b->teams.leaderboard) ||
                  documents_failed(b, &b->teams.timeline) || (b->feed && buffer_failed(b->feed));

    return failed ? err_set(err, "the boards are larger than memory or their bound allows") : 0;
}

int boards_build(struct boards *b, const struct dataset *data, crew *run,
                 const struct boards_sink *sink, struct err *err)
{
    arena_reset(&b->memory);
    if (standings_build(&b->standings, data, &b->memory, err) < 0 ||
        prepare(b, data, sink, err) < 0 || run(render, b, RENDERING_PIECES, err) < 0)
        return -1;
    return check_memory(b, err);
}
