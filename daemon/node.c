#include "daemon/node.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/loop.h"
#include "daemon/materialise.h"
#include "daemon/pages.h"
#include "daemon/poll.h"
#include "daemon/server.h"
#include "daemon/stream.h"
#include "daemon/worker.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* A thread that hangs in a call must not keep the daemon from ending. */
#define STOP_PATIENCE_MS 3000

/* --- The flow: heard, sighted, work, reported ------------------------------------------------- */

/* Hands the worker what is due, or sets the timer to when something will be. */
static void node_work(struct node *n)
{
    int64_t now = monotonic_ms(), wake;
    enum work work = schedule_next(&n->schedule, now, &wake);

    if (work == WORK_REBUILD && n->lag_from != 0) {
        n->lag_taken = n->lag_from;
        n->lag_from = 0;
    }
    if (work != WORK_NONE) {
        worker_do(n->worker, work, &n->schedule.doubt, &n->sight.seen);
    } else if (wake != SCHEDULE_NEVER) {
        struct timeval left = loop_timeval(wake - now);

        evtimer_add(n->wake, &left);
    }
}

static void node_awake(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    node_work(arg);
}

static void node_heard(evutil_socket_t fd, short what, void *arg)
{
    struct node *n = arg;
    struct heard heard;

    (void)fd, (void)what;
    if (!mailbox_take(&n->heard, &heard))
        return;
    n->counters.events += heard.events;
    n->counters.garbage_events += heard.garbage;
    if (heard.events > heard.garbage) {
        n->lag_from = monotonic_us();
        schedule_event(&n->schedule, monotonic_ms());
    }
    if (heard.foreign.reason[0] != '\0') {
        n->counters.foreign_events++;
        poll_foreign_event(n->poll, &heard.foreign);
    }
    if (heard.subscribed)
        schedule_missed(&n->schedule, monotonic_ms());
    if (heard.rebuilt)
        schedule_hint(&n->schedule);
    link_set(&n->bus_link, heard.up, &heard.err);
    node_work(n);
}

static void warn_of_eviction(const char *policy)
{
    if (policy[0] != '\0' && !redis_policy_keeps(policy))
        log_warn("Redis' maxmemory-policy is %s: when it is full it may throw the boards away. "
                 "Set it to noeviction",
                 policy);
}

/* Without PostgreSQL nobody knows what the boards lack. */
static void judge_lateness(struct node *n, const struct sight *sight)
{
    int64_t now = monotonic_ms();

    if (sight->postgres && !schedule_late(&n->schedule))
        n->late_from = 0;
    else if (n->late_from == 0)
        n->late_from = sight->postgres ? now - sight->seen.outbox_age : now;
}

static void node_sighted(evutil_socket_t fd, short what, void *arg)
{
    struct node *n = arg;
    struct sight sight;
    bool was_dirty = n->schedule.dirty;

    (void)fd, (void)what;
    if (!mailbox_take(&n->sights, &sight))
        return;
    n->sight = sight;
    link_set(&n->postgres, sight.postgres, &sight.postgres_err);
    link_set(&n->redis, sight.seen.redis, &sight.redis_err);
    warn_of_eviction(sight.eviction_policy);
    schedule_sight(&n->schedule, &sight, monotonic_ms());
    if (sight.postgres) {
        link_settle(&n->rebuilding, n->schedule.dirty);
        link_settle(&n->snapshot, n->schedule.dirty || schedule_behind(&n->schedule));
    }
    judge_lateness(n, &sight);
    if (n->schedule.dirty && !was_dirty && n->lag_from == 0)
        n->lag_from = monotonic_us();
    node_work(n);
}

/* The worker writes nothing older but in the place of garbage: revisions that PostgreSQL drew while its
 * clock was far ahead. Whoever was told of one is to hear of what has taken its place; the staff were
 * told of the newest. */
static void forget_above(struct node *n, int64_t limit)
{
    log_warn("revision %" PRId64 " was of a clock that was far ahead; it is forgotten",
             newest_head(n->heads)->revision);
    stream_forget(n->stream, AUDIENCE_STAFF);
    if (n->heads[AUDIENCE_PUBLIC].revision > limit)
        stream_forget(n->stream, AUDIENCE_PUBLIC);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        if (n->heads[a].revision > limit)
            n->heads[a] = (struct snapshot_head){0};
}

/* Each line's boards are on this disk: now, and not before, browsers may hear of them. The staff follow
 * whichever line goes on. */
static void announce(struct node *n, const struct snapshot_head heads[AUDIENCE_COUNT])
{
    const struct snapshot_head *newest, *shown = &n->heads[AUDIENCE_PUBLIC];

    if (newest_head(heads)->revision < newest_head(n->heads)->revision)
        forget_above(n, newest_head(heads)->revision);
    if (newest_head(heads)->revision <= newest_head(n->heads)->revision)
        return;
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        if (heads[a].revision > n->heads[a].revision)
            n->heads[a] = heads[a];
    n->counters.notices++;
    if (n->lag_taken != 0)
        histogram_observe(&n->counters.notice_lag_seconds,
                          (double)(monotonic_us() - n->lag_taken) / 1e6);
    n->lag_taken = 0;
    n->late_from = 0; /* what came meanwhile counts from the next look */
    newest = newest_head(n->heads);
    stream_announce(n->stream, AUDIENCE_PUBLIC, shown->revision, &shown->event);
    stream_announce(n->stream, AUDIENCE_STAFF, newest->revision, &newest->event);
}

static void log_rebuilt(const struct rebuild_report *r)
{
    const struct snapshot_head *head = newest_head(r->heads);

    log_info("revision %" PRId64 " (%s): read %" PRId64 " ms, build %" PRId64 ", gzip %" PRId64
             ", store %" PRId64 ", materialise %" PRId64,
             head->revision, head->event.reason, r->step_us[STEP_READ] / 1000,
             r->step_us[STEP_BUILD] / 1000, r->step_us[STEP_GZIP] / 1000,
             r->step_us[STEP_STORE] / 1000, r->step_us[STEP_MATERIALISE] / 1000);
}

static void count_rebuilt(struct node *n, const struct rebuild_report *r)
{
    int64_t us = 0;

    for (int i = 0; i < STEP_COUNT; i++) {
        us += r->step_us[i];
        histogram_observe(&n->counters.step_seconds[i], (double)r->step_us[i] / 1e6);
    }
    histogram_observe(&n->counters.rebuild_seconds, (double)us / 1e6);
    n->last_took_ms = us / 1000;
}

/* What a rebuild met on its way, and went on. */
static void log_met(const struct rebuild_report *r)
{
    if (r->seized[0] != '\0')
        log_warn("rebuild: seized the lock from %s, which had it for longer than lock_ttl",
                 r->seized);
    if (r->mended[0] != '\0')
        log_warn("PostgreSQL: mended what was dropped, made anew or restored: %s", r->mended);
    if (r->result == REBUILD_SUPERSEDED)
        log_info("rebuild: superseded by another node's: %s", r->err.text);
    if (r->result == REBUILD_REWRITTEN)
        log_info("rebuild: tried again: %s", r->err.text);
}

static void node_rebuilt(struct node *n, const struct rebuild_report *r)
{
    n->counters.rebuilds[r->result]++;
    n->last_result = r->result;
    n->last_rebuild_at = timestamp_now() / 1000;
    schedule_rebuilt(&n->schedule, r, monotonic_ms(), arc4random());
    if (r->result != REBUILD_BUSY) /* which says nothing of what failed here */
        link_set(&n->rebuilding, r->result != REBUILD_FAILED, &r->err);
    if (r->result == REBUILD_CLEAN && !schedule_behind(&n->schedule))
        n->lag_taken = 0; /* its events are on the boards that were announced before */
    log_met(r);
    if (r->behind)
        link_set(&n->snapshot, false, &r->unwritten);
    if (newest_head(r->heads)->revision == REVISION_NONE)
        return;
    link_set(&n->snapshot, true, &r->unwritten);
    count_rebuilt(n, r);
    log_rebuilt(r);
    announce(n, r->heads);
}

static void node_fetched(struct node *n, const struct fetch_report *r)
{
    schedule_fetched(&n->schedule, r, monotonic_ms(), arc4random());
    if (r->result == FETCH_DONE) {
        n->counters.fetches++;
        log_info("revision %" PRId64 " (%s): fetched", newest_head(r->heads)->revision,
                 newest_head(r->heads)->event.reason);
        announce(n, r->heads);
    } else if (r->result != FETCH_NONE) {
        n->counters.fetch_failures++;
    }
    link_set(&n->snapshot, r->result == FETCH_DONE || r->result == FETCH_NONE, &r->err);
}

static void node_reported(evutil_socket_t fd, short what, void *arg)
{
    struct node *n = arg;
    struct report report;

    (void)fd, (void)what;
    if (!mailbox_take(&n->reports, &report))
        return;
    if (report.work == WORK_FETCH)
        node_fetched(n, &report.fetch);
    else
        node_rebuilt(n, &report.rebuild);
    node_work(n);
}

/* --- Life ------------------------------------------------------------------------------------- */

static void links_init(struct node *n)
{
    n->postgres = (struct link){.name = "PostgreSQL",
                                .remedy = "Check [postgres] conninfo and that the server runs; "
                                          "if the schema is missing, run `scoreboardctl migrate`"};
    n->redis = (struct link){.name = "Redis",
                             .remedy = "Check [redis] and that the server runs; "
                                       "this node rebuilds for itself meanwhile"};
    n->bus_link = (struct link){.name = "Redis subscription",
                                .remedy = "Changes are found by polling meanwhile"};
    n->rebuilding = (struct link){.name = "rebuild", .remedy = "It is tried again"};
    n->snapshot =
        (struct link){.name = "snapshot",
                      .remedy = "The old boards are served; it is tried again. Is there "
                                "room, and the right to write, in [scoreboard] directory?"};
}

static struct event *on_message(struct node *n, struct mailbox *m, event_callback_fn callback)
{
    struct event *ev = event_new(n->base, m->fd, EV_READ | EV_PERSIST, callback, n);

    if (ev)
        event_add(ev, NULL);
    return ev;
}

static int open_mailboxes(struct node *n, struct err *err)
{
    if (mailbox_init(&n->heard, sizeof(struct heard), bus_merge_heard, err) < 0 ||
        mailbox_init(&n->sights, sizeof(struct sight), poll_merge_sights, err) < 0 ||
        mailbox_init(&n->reports, sizeof(struct report), NULL, err) < 0)
        return -1;
    n->on_heard = on_message(n, &n->heard, node_heard);
    n->on_sight = on_message(n, &n->sights, node_sighted);
    n->on_report = on_message(n, &n->reports, node_reported);
    n->wake = evtimer_new(n->base, node_awake, n);
    if (!n->on_heard || !n->on_sight || !n->on_report || !n->wake)
        return err_set(err, "out of memory");
    return 0;
}

static void restore_stream(struct node *n)
{
    const struct snapshot_head *told[AUDIENCE_COUNT] = {&n->heads[AUDIENCE_PUBLIC],
                                                        newest_head(n->heads)};

    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        if (told[a]->revision != REVISION_NONE)
            stream_restore(n->stream, a, told[a]->revision, &told[a]->event);
}

/* In the order of the flow's needs: a place for snapshots, hands, someone to tell, eyes, ears. */
static int start(struct node *n, struct err *err)
{
    struct materialiser *materialiser = materialiser_open(n->config, n->heads, err);

    if (!materialiser)
        return -1;
    if (materialiser_leftovers(materialiser) > 0)
        log_info("removed %zu unfinished revisions from %s", materialiser_leftovers(materialiser),
                 n->config->directory);
    schedule_init(&n->schedule, n->config, newest_head(n->heads)->revision);
    n->worker = worker_start(n->config, &n->names, materialiser, &n->reports, err);
    if (!n->worker)
        return -1;
    n->stream = stream_new(n->base, n->config);
    if (!n->stream)
        return err_set(err, "stream: out of memory");
    restore_stream(n);
    n->server = server_new(n->base, n->config, n->stream, pages_write, n, err);
    if (!n->server)
        return -1;
    n->poll = poll_start(n->config, &n->names, &n->sights, err);
    if (!n->poll)
        return -1;
    n->bus = bus_start(n->config, &n->names, &n->heard, err);
    return n->bus ? 0 : -1;
}

struct node *node_new(struct event_base *base, const struct config *config, struct err *err)
{
    struct node *n = calloc(1, sizeof *n);

    if (!n) {
        err_set(err, "out of memory");
        return NULL;
    }
    n->base = base;
    n->config = config;
    names_init(&n->names, config->instance);
    random_name(n->names.heartbeat + strlen(n->names.heartbeat));
    links_init(n);
    if (open_mailboxes(n, err) < 0 || start(n, err) < 0) {
        if (node_stop(n) == 0)
            node_free(n);
        return NULL;
    }
    return n;
}

int node_stop(struct node *n)
{
    server_free(n->server);
    n->server = NULL;
    stream_free(n->stream);
    n->stream = NULL;
    if (bus_stop(n->bus, STOP_PATIENCE_MS) < 0 || poll_stop(n->poll, STOP_PATIENCE_MS) < 0 ||
        worker_stop(n->worker, STOP_PATIENCE_MS) < 0)
        return -1;
    n->bus = NULL;
    n->poll = NULL;
    n->worker = NULL;
    return 0;
}

void node_free(struct node *n)
{
    if (!n)
        return;
    loop_event_free(n->on_heard);
    loop_event_free(n->on_sight);
    loop_event_free(n->on_report);
    loop_event_free(n->wake);
    mailbox_release(&n->heard);
    mailbox_release(&n->sights);
    mailbox_release(&n->reports);
    free(n);
}
