#include "daemon/schedule.h"

#include <assert.h>

#include "lib/revision.h"

/* ms: a hint that was none must not be followed by the next one at once, or whoever floods the
 * channel has the worker ask Redis without end. */
#define HINT_REST 50

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void backoff_failed(struct backoff *b, int64_t now, uint32_t random)
{
    b->delay = b->delay == 0 ? b->min : b->delay * 2;
    if (b->delay > b->max)
        b->delay = b->max;
    b->until = now + b->delay - (int64_t)(random % (uint32_t)(b->delay / 2 + 1));
}

static void backoff_worked(struct backoff *b)
{
    b->delay = 0;
    b->until = 0;
}

void schedule_init(struct schedule *s, const struct config *config, int64_t node_revision)
{
    struct backoff fresh = {.min = config->backoff_min, .max = config->backoff_max};

    *s = (struct schedule){
        .fetching = fresh,
        .rebuilding = fresh,
        .pace = config->pace,
        .rest_max = config->rest_max,
        .periodic = config->periodic,
        .doubt = {MISSED_NOTHING, REVISION_NONE},
        .node_revision = node_revision,
    };
    debounce_init(&s->debounce, config->debounce, config->max_wait);
}

void schedule_event(struct schedule *s, int64_t now)
{
    debounce_event(&s->debounce, now);
}

void schedule_hint(struct schedule *s)
{
    s->hinted = true;
}

void schedule_missed(struct schedule *s, int64_t now)
{
    s->doubt.missed_at = later(s->doubt.missed_at, now);
}

/* The database gets four fifths of its time for itself, whichever node it was that rebuilt. A read
 * that took very long was stopped for a while, or in vain, or Redis has garbage there: the boards do
 * not wait for that. */
static void rest(struct schedule *s, int64_t took_ms, int64_t now)
{
    if (s->pace != 0)
        took_ms = lesser(took_ms, s->rest_max / s->pace);
    s->rest_until = later(s->rest_until, now + s->pace * took_ms);
}

/* There are new boards, whichever node made them. Nodes find one change at different times: each
 * would rebuild by its own clock, as often as there are nodes, if one did not wait for all. */
static void refreshed(struct schedule *s, int64_t took_ms, int64_t now)
{
    rest(s, took_ms, now);
    s->rest_until = later(s->rest_until, now + s->debounce.quiet);
}

static void see_redis(struct schedule *s, const struct observation *o, int64_t now)
{
    if (o->stored_revision > later(s->stored_revision, s->node_revision))
        refreshed(s, o->stored_took_ms, now);
    s->stored_revision = o->stored_revision;
}

/* Boards of whichever node have taken the doubt away: they were read after it came up. */
static void judge_doubt(struct schedule *s, const struct observation *o)
{
    if (s->doubt.missed_at <= o->clock_at && !observation_missed(o, s->doubt.missed_at))
        s->doubt.missed_at = MISSED_NOTHING;
}

/* As a node alone would judge it. */
static bool is_lacking(const struct schedule *s, const struct observation *o)
{
    struct observation alone = *o;

    observation_without_redis(&alone);
    return observation_dirt(&alone, s->node_revision, &s->doubt, s->periodic) != DIRT_NONE;
}

void schedule_sight(struct schedule *s, const struct sight *sight, int64_t now)
{
    const struct observation *o = &sight->seen;
    bool was_lacking = s->lacking;

    s->in_sight = sight->postgres;
    see_redis(s, o, now);
    if (!sight->postgres)
        return;
    if (sight->connected)
        schedule_missed(s, o->clock_at);
    judge_doubt(s, o);
    s->dirty = observation_dirt(o, s->node_revision, &s->doubt, s->periodic) != DIRT_NONE;
    s->lacking = is_lacking(s, o);
    if (s->unstored && s->lacking && !was_lacking)
        debounce_clear(&s->debounce); /* armed for Redis' sake: this change begins anew */

    /* A change counts from when it was made, not from when a look has found it. A rebuild in
     * progress may be just about to take the dirt away: the next look will tell. */
    if (s->dirty && !s->debounce.armed && s->working != WORK_REBUILD)
        debounce_event(&s->debounce, now - o->outbox_age);
}

bool schedule_behind(const struct schedule *s)
{
    return s->stored_revision > s->node_revision;
}

bool schedule_late(const struct schedule *s)
{
    return schedule_behind(s) || (s->unstored ? s->lacking : s->dirty);
}

static int64_t fetch_due(const struct schedule *s)
{
    return s->hinted || schedule_behind(s) ? s->fetching.until : SCHEDULE_NEVER;
}

static int64_t rebuild_due(const struct schedule *s)
{
    int64_t due;

    if (!s->debounce.armed || !s->in_sight)
        return SCHEDULE_NEVER;
    due = later(s->debounce.due, s->rest_until);
    return s->unstored && s->lacking ? due : later(due, s->rebuilding.until);
}

enum work schedule_next(struct schedule *s, int64_t now, int64_t *wake)
{
    int64_t fetch = fetch_due(s), rebuild = rebuild_due(s);

    *wake = SCHEDULE_NEVER;
    if (s->working != WORK_NONE)
        return WORK_NONE;
    if (fetch <= now && !(s->fetched && rebuild <= now)) {
        s->hinted = false;
        s->fetched = true;
        return s->working = WORK_FETCH;
    }
    if (rebuild <= now) {
        debounce_clear(&s->debounce);
        s->fetched = false;
        return s->working = WORK_REBUILD;
    }
    *wake = lesser(fetch, rebuild);
    return WORK_NONE;
}

/* Only Redis did not take what this node serves now. */
static bool is_unstored(const struct rebuild_report *report)
{
    return report->result == REBUILD_FAILED &&
           newest_head(report->heads)->revision != REVISION_NONE;
}

static bool is_fresh(enum rebuild_result result)
{
    return result == REBUILD_STORED || result == REBUILD_ALONE;
}

void schedule_rebuilt(struct schedule *s, const struct rebuild_report *report, int64_t now,
                      uint32_t random)
{
    assert(s->working == WORK_REBUILD);
    s->working = WORK_NONE;
    s->node_revision = report->node_revision;
    if (report->stored_revision != REVISION_NONE)
        s->stored_revision = report->stored_revision;
    if (report->result != REBUILD_BUSY) /* which says nothing of what failed here */
        s->unstored = is_unstored(report);
    if (is_fresh(report->result) || is_unstored(report)) {
        refreshed(s, report->took_ms, now);
        s->lacking = false;
    } else {
        rest(s, report->took_ms, now);
    }
    if (report->result == REBUILD_FAILED || (report->behind && report->result == REBUILD_ALONE))
        backoff_failed(&s->rebuilding, now, random);
    else if (report->result != REBUILD_BUSY)
        backoff_worked(&s->rebuilding);
    if (report->behind)
        backoff_failed(&s->fetching, now, random);
    else if (is_fresh(report->result))
        backoff_worked(&s->fetching);
    s->dirty = !is_fresh(report->result) && report->result != REBUILD_CLEAN;
}

void schedule_fetched(struct schedule *s, const struct fetch_report *report, int64_t now,
                      uint32_t random)
{
    assert(s->working == WORK_FETCH);
    s->working = WORK_NONE;
    s->node_revision = report->node_revision;
    switch (report->result) {
    case FETCH_DONE:
        refreshed(s, newest_head(report->heads)->took, now);
        s->stored_revision = report->stored_revision;
        backoff_worked(&s->fetching);
        break;
    case FETCH_NONE:
        s->stored_revision = report->stored_revision;
        backoff_worked(&s->fetching);
        s->fetching.until = now + HINT_REST;
        break;
    case FETCH_CORRUPT:
        s->doubt.corrupt = report->stored_revision;
        debounce_event(&s->debounce, now);
        backoff_failed(&s->fetching, now, random);
        break;
    case FETCH_FAILED:
        backoff_failed(&s->fetching, now, random);
        break;
    }
}
