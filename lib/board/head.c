#include "lib/board/head.h"

#include "lib/json.h"
#include "lib/timestamp.h"

/* The first field begins the object, which would be there for nothing without any. */
static void begin_field(struct buffer *out, size_t start, const char *name)
{
    buffer_append_text(out, out->len == start ? "\"competition\":{\"" : ",\"");
    buffer_append_text(out, name);
    buffer_append_text(out, "\":");
}

static void render_time_field(struct buffer *out, size_t start, const char *name, int64_t time)
{
    char at[TIMESTAMP_MAX];

    if (time == NEVER)
        return;
    timestamp_format(at, time);
    begin_field(out, start, name);
    json_append_text(out, at);
}

static const char *tie_name(const struct standings *s, const struct competition *c)
{
    if (s->platform_ties)
        return "platform";
    return c->tie_rule == TIE_FIRST_TO_REACH ? NULL : tie_rule_names[c->tie_rule];
}

/* Only what was said of it; nothing at all when nothing was. */
static void render_competition(const struct standings *s, const struct dataset *data,
                               struct buffer *out)
{
    const struct competition *c = &data->competition;
    const char *tie = tie_name(s, c);
    size_t start = out->len;

    if (c->name.len > 0) {
        begin_field(out, start, "name");
        dataset_append_quoted(data, c->name, out);
    }
    render_time_field(out, start, "starts_at", c->starts_at);
    render_time_field(out, start, "freezes_at", c->freezes_at);
    render_time_field(out, start, "ends_at", c->ends_at);
    if (c->frozen) {
        begin_field(out, start, "frozen");
        buffer_append_text(out, "true");
    }
    if (tie) {
        begin_field(out, start, "tie");
        json_append_text(out, tie);
    }
    if (out->len > start)
        buffer_append_text(out, "},");
}

static void render_divisions(const struct standings *s, const struct dataset *data,
                             struct buffer *out)
{
    if (s->ndivisions == 0)
        return;
    buffer_append_text(out, "\"divisions\":[");
    for (uint32_t i = 0; i < s->ndivisions; i++) {
        json_begin_item(out);
        buffer_append_text(out, "{\"id\":");
        buffer_append_int(out, s->divisions[i]->id);
        buffer_append_text(out, ",\"name\":");
        dataset_append_quoted(data, s->divisions[i]->name, out);
        buffer_append_char(out, '}');
    }
    buffer_append_text(out, "],");
}

static void append_field(struct buffer *out, const char *name, int64_t value)
{
    buffer_append_text(out, name);
    buffer_append_int(out, value);
}

/* What its value is computed from, so that past ones can be, too. */
static void render_formula(const struct standings_challenge *c, struct buffer *out)
{
    append_field(out, ",\"initial_points\":", c->row->initial);
    append_field(out, ",\"minimum_points\":", c->row->minimum);
    append_field(out, ",\"decay\":", c->decay);
    append_field(out, ",\"solvers\":", c->solvers);
}

static void render_challenge(const struct standings_challenge *c, const struct dataset *data,
                             struct buffer *out)
{
    append_field(out, "{\"id\":", c->row->id);
    buffer_append_text(out, ",\"title\":");
    dataset_append_quoted(data, c->row->title, out);
    buffer_append_text(out, ",\"category\":");
    dataset_append_quoted(data, c->row->category, out);
    append_field(out, ",\"points\":", c->value);
    if (c->row->dynamic)
        render_formula(c, out);
    buffer_append_text(out, c->row->breaks_ties ? "}" : ",\"breaks_ties\":false}");
}

static void render_challenges(const struct standings *s, const struct dataset *data,
                              struct buffer *out)
{
    buffer_append_text(out, "\"challenges\":[");
    for (uint32_t i = 0; i < s->nchallenges; i++) {
        json_begin_item(out);
        render_challenge(&s->challenges[i], data, out);
    }
    buffer_append_text(out, "],");
}

void head_render(struct buffer *out, const struct standings *s, const struct dataset *data)
{
    buffer_append_char(out, '{');
    render_competition(s, data, out);
    render_divisions(s, data, out);
    render_challenges(s, data, out);
    buffer_append_text(out, "\"entries\":[");
}
