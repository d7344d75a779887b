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
        .took_max = config->read_deadline,
        .periodic = config->periodic,
        .missed_at = SCHEDULE_NEVER,
        .asked = ASKED_NOTHING,
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
    s->missed_at = now;
}

/* Redis has this revision now. A newer one answers whoever asked for one above an older. */
static void stored(struct schedule *s, int64_t revision)
{
    s->stored_revision = revision;
    if (revision > s->asked)
        s->asked = ASKED_NOTHING;
}

/* The database gets four fifths of its time for itself, whichever node it was that rebuilt. A
 * rebuild that took longer than it may read was stopped for a while, or Redis has garbage there. */
static void rest(struct schedule *s, int64_t took, int64_t now)
{
    if (took > s->took_max)
        took = s->took_max;
    s->rest_until = later(s->rest_until, now + s->pace * took);
}

/* There are new boards, whichever node made them. Nodes find one change at different times: each
 * would rebuild by its own clock, as often as there are nodes, if one did not wait for all. */
static void refreshed(struct schedule *s, int64_t took, int64_t now)
{
    rest(s, took, now);
    s->rest_until = later(s->rest_until, now + s->debounce.quiet);
}

/* Boards that were read before the bus listened again may lack what was said meanwhile. By
 * PostgreSQL's clock, since it may be another node that has read them. */
static void judge_missed(struct schedule *s, const struct sight *sight)
{
    const struct observation *o = &sight->seen;

    if (s->missed_at > sight->clock_at)
        return;
    if (o->stored_read_at > o->clock - (sight->clock_at - s->missed_at))
        s->missed_at = SCHEDULE_NEVER;
    else
        s->asked = later(s->asked, o->stored_revision);
}

void schedule_sight(struct schedule *s, const struct sight *sight, int64_t now)
{
    const struct observation *o = &sight->seen;

    s->in_sight = sight->postgres && sight->redis;
    if (!sight->redis)
        return;
    if (o->stored_revision > later(s->stored_revision, s->node_revision))
        refreshed(s, o->stored_took, now);
    stored(s, o->stored_revision);
    if (!sight->postgres)
        return;
    if (sight->connected)
        s->asked = later(s->asked, later(o->stored_revision, o->state_revision));
    judge_missed(s, sight);
    s->dirty = observation_dirt(o, s->node_revision, s->asked, s->periodic) != DIRT_NONE;

    /* A change counts from when it was made, not from when a look has found it. A rebuild in
     * progress may be just about to take the dirt away: the next look will tell. */
    if (s->dirty && !s->debounce.armed && s->working != WORK_REBUILD)
        debounce_event(&s->debounce, now - o->outbox_age);
}

bool schedule_behind(const struct schedule *s)
{
    return s->stored_revision > s->node_revision;
}

static int64_t fetch_due(const struct schedule *s)
{
    return s->hinted || schedule_behind(s) ? s->fetching.until : SCHEDULE_NEVER;
}

static int64_t rebuild_due(const struct schedule *s)
{
    if (!s->debounce.armed || !s->in_sight)
        return SCHEDULE_NEVER;
    return later(s->debounce.due, later(s->rest_until, s->rebuilding.until));
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
    *wake = fetch < rebuild ? fetch : rebuild;
    return WORK_NONE;
}

void schedule_rebuilt(struct schedule *s, const struct rebuild_report *report, int64_t now,
                      uint32_t random)
{
    assert(s->working == WORK_REBUILD);
    s->working = WORK_NONE;
    s->node_revision = later(s->node_revision, report->head.revision);
    if (report->stored_revision != REVISION_NONE)
        stored(s, report->stored_revision);
    if (report->result == REBUILD_STORED)
        refreshed(s, report->took_ms, now);
    else
        rest(s, report->took_ms, now);
    if (report->result == REBUILD_FAILED)
        backoff_failed(&s->rebuilding, now, random);
    else if (report->result != REBUILD_BUSY) /* which says nothing of what failed here */
        backoff_worked(&s->rebuilding);
    if (report->behind)
        backoff_failed(&s->fetching, now, random);
    else if (report->result == REBUILD_STORED)
        backoff_worked(&s->fetching);
    s->dirty = report->result != REBUILD_STORED && report->result != REBUILD_CLEAN;
}

void schedule_fetched(struct schedule *s, const struct fetch_report *report, int64_t now,
                      uint32_t random)
{
    assert(s->working == WORK_FETCH);
    s->working = WORK_NONE;
    s->node_revision = later(s->node_revision, report->head.revision);
    switch (report->result) {
    case FETCH_DONE:
        refreshed(s, report->head.took, now);
        stored(s, report->stored_revision);
        backoff_worked(&s->fetching);
        break;
    case FETCH_NONE:
        stored(s, report->stored_revision);
        backoff_worked(&s->fetching);
        s->fetching.until = now + HINT_REST;
        break;
    case FETCH_CORRUPT:
        s->asked = later(s->asked, report->stored_revision);
        debounce_event(&s->debounce, now);
        backoff_failed(&s->fetching, now, random);
        break;
    case FETCH_FAILED:
        backoff_failed(&s->fetching, now, random);
        break;
    }
}
