#include "daemon/pages.h"

#include <stdio.h>

#include "daemon/stream.h"
#include "lib/json.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* What is told of the boards: all of it, or, to the public, what it may know. */
struct news_of_boards {
    const struct snapshot_head *head;
    bool dirty, behind;
    int64_t late;       /* ms; 0: not beyond what is promised */
    const char *reason; /* a word that the page can translate; "" when they are not late */
    bool work;          /* they are made and written */
};

/* By PostgreSQL's clock: an age must not depend on this host's. */
static int64_t age_ms(const struct node *n, const struct snapshot_head *head)
{
    int64_t age = observation_now(&n->sight.seen) - head->read_at / 1000;

    return head->revision == REVISION_NONE || age < 0 ? 0 : age;
}

static const char *boolean(bool b)
{
    return b ? "true" : "false";
}

static bool available(const struct node *n)
{
    return n->heads[AUDIENCE_PUBLIC].revision != REVISION_NONE;
}

/* What debounce, rest and a large rebuild may take when all is well. */
#define PROMPT_MS 8000

static int64_t beyond_promise(int64_t late)
{
    return late > PROMPT_MS ? late : 0;
}

static const char *late_reason(const struct node *n)
{
    if (!n->postgres.up)
        return "database";
    if (!link_works(&n->snapshot))
        return n->redis.up ? "disk" : "redis";
    return link_works(&n->rebuilding) ? "busy" : "rebuild";
}

static struct news_of_boards tell_all(const struct node *n)
{
    int64_t late = beyond_promise(n->late_from != 0 ? monotonic_ms() - n->late_from : 0);

    return (struct news_of_boards){
        .head = newest_head(n->heads),
        .dirty = n->schedule.dirty,
        .behind = schedule_behind(&n->schedule),
        .late = late,
        .reason = late > 0 ? late_reason(n) : "",
        .work = link_works(&n->rebuilding) && link_works(&n->snapshot),
    };
}

static struct news_of_boards tell_public(const struct node *n)
{
    int64_t late = n->postgres.up ? 0 : beyond_promise(timestamp_now() / 1000 - n->postgres.since);

    if (!lines_part(n->heads))
        return tell_all(n);
    return (struct news_of_boards){
        .head = &n->heads[AUDIENCE_PUBLIC],
        .late = late,
        .reason = late > 0 ? "database" : "",
        .work = true,
    };
}

static const char *health_status(const struct node *n, const struct news_of_boards *boards)
{
    if (!available(n))
        return "unavailable";
    return n->postgres.up && n->redis.up && n->bus_link.up && boards->work && boards->late == 0
               ? "ok"
               : "degraded";
}

static void write_health(const struct node *n, enum audience audience, struct buffer *out)
{
    struct news_of_boards boards = audience == AUDIENCE_STAFF ? tell_all(n) : tell_public(n);

    buffer_printf(out,
                  "{\"status\":\"%s\",\"revision\":%lld,\"age_ms\":%lld,\"dirty\":%s,"
                  "\"behind\":%s,\"clients\":%lld,\"redis\":\"%s\",\"postgres\":\"%s\","
                  "\"late_ms\":%lld,\"reason\":\"%s\"}\n",
                  health_status(n, &boards), (long long)boards.head->revision,
                  (long long)age_ms(n, boards.head), boolean(boards.dirty), boolean(boards.behind),
                  (long long)stream_counts(n->stream).clients, n->redis.up ? "up" : "down",
                  n->postgres.up ? "up" : "down", (long long)boards.late, boards.reason);
}

static void write_link(struct buffer *out, const char *key, const struct link *l)
{
    buffer_printf(out, ",\"%s\":{\"up\":%s,\"since\":%lld,\"error\":", key, boolean(l->up),
                  (long long)l->since);
    json_append_text(out, l->err.text);
    buffer_append_char(out, '}');
}

static void write_failing_since(struct buffer *out, const struct link *l)
{
    if (link_works(l))
        buffer_append_text(out, "\"failing_since\":null,\"error\":");
    else
        buffer_printf(out, "\"failing_since\":%lld,\"error\":", (long long)l->since);
    json_append_text(out, l->err.text);
    buffer_append_char(out, '}');
}

static void write_status(const struct node *n, struct buffer *out)
{
    struct news_of_boards boards = tell_all(n);

    buffer_append_text(out, "{\"version\":\"" PACKAGE_VERSION "\",\"instance\":");
    json_append_text(out, n->config->instance);
    buffer_printf(out,
                  ",\"revision\":%lld,\"shown_revision\":%lld,\"age_ms\":%lld,\"dirty\":%s,"
                  "\"behind\":%s,\"clients\":%lld,\"schema_missing\":%s",
                  (long long)boards.head->revision, (long long)n->heads[AUDIENCE_PUBLIC].revision,
                  (long long)age_ms(n, boards.head), boolean(boards.dirty), boolean(boards.behind),
                  (long long)stream_counts(n->stream).clients, boolean(n->sight.schema_missing));
    write_link(out, "postgres", &n->postgres);
    write_link(out, "redis", &n->redis);
    write_link(out, "bus", &n->bus_link);
    buffer_printf(out, ",\"rebuild\":{\"result\":\"%s\",\"at\":%lld,\"took_ms\":%lld,",
                  n->last_rebuild_at == 0 ? "none" : rebuild_result_names[n->last_result],
                  (long long)n->last_rebuild_at, (long long)n->last_took_ms);
    write_failing_since(out, &n->rebuilding);
    buffer_append_text(out, ",\"snapshot\":{");
    write_failing_since(out, &n->snapshot);
    buffer_append_text(out, "}\n");
}

static void write_rebuild_metrics(const struct node_counters *c, struct buffer *out)
{
    static const char total[] = "scoreboardd_rebuilds_total";

    metrics_family(out, total, "counter", "Rebuilds that this node began, by their result.");
    for (int i = 0; i < REBUILD_RESULT_COUNT; i++) {
        char label[48];

        snprintf(label, sizeof label, "{result=\"%s\"}", rebuild_result_names[i]);
        metrics_sample(out, total, label, c->rebuilds[i]);
    }
    metrics_histogram(out, "scoreboardd_rebuild_seconds", "Stored rebuilds, from lock to files.",
                      &c->rebuild_seconds);
    for (int i = 0; i < STEP_COUNT; i++) {
        char name[64];

        snprintf(name, sizeof name, "scoreboardd_rebuild_%s_seconds", rebuild_step_names[i]);
        metrics_histogram(out, name, "One step of stored rebuilds.", &c->step_seconds[i]);
    }
}

static void write_stream_metrics(const struct stream_counts *c, struct buffer *out)
{
    metrics_gauge(out, "scoreboardd_stream_clients", "Stream clients now.", c->clients);
    metrics_gauge(out, "scoreboardd_stream_capacity", "Stream clients that there may be.",
                  c->capacity);
    metrics_counter(out, "scoreboardd_stream_accepted_total", "Stream clients accepted.",
                    c->accepted);
    metrics_counter(out, "scoreboardd_stream_refused_total",
                    "Stream clients sent away because there was no room.", c->refused);
    metrics_counter(out, "scoreboardd_stream_stalled_total",
                    "Stream clients closed because they took nothing.", c->stalled);
    metrics_counter(out, "scoreboardd_stream_delivered_total", "Notices written whole to a client.",
                    c->delivered);
    metrics_counter(out, "scoreboardd_stream_superseded_total",
                    "Notices that a newer one replaced before a slow client took them.",
                    c->superseded);
}

static void write_metrics(const struct node *n, struct buffer *out)
{
    const struct node_counters *c = &n->counters;
    struct stream_counts stream = stream_counts(n->stream);
    struct news_of_boards boards = tell_all(n);

    metrics_counter(out, "scoreboardd_events_total", "Events heard on the bus.", c->events);
    metrics_counter(out, "scoreboardd_events_foreign_total",
                    "Times that events without an outbox row were heard.", c->foreign_events);
    metrics_counter(out, "scoreboardd_events_garbage_total",
                    "Messages on the events channel that were no events.", c->garbage_events);
    write_rebuild_metrics(c, out);
    metrics_counter(out, "scoreboardd_fetches_total", "Snapshots fetched from another node.",
                    c->fetches);
    metrics_counter(out, "scoreboardd_fetch_failures_total", "Fetches that failed.",
                    c->fetch_failures);
    metrics_counter(out, "scoreboardd_notices_total", "Snapshots announced to the stream.",
                    c->notices);
    metrics_histogram(out, "scoreboardd_notice_lag_seconds",
                      "From the last event heard, or the look that found a change, to its notice.",
                      &c->notice_lag_seconds);
    write_stream_metrics(&stream, out);
    metrics_gauge(out, "scoreboardd_revision", "The newest revision that this node serves.",
                  boards.head->revision);
    metrics_gauge(out, "scoreboardd_age_milliseconds", "Since that revision's data was read.",
                  age_ms(n, boards.head));
    metrics_gauge(out, "scoreboardd_late_milliseconds",
                  "How late the boards are beyond what is promised; 0: they are not.", boards.late);
    metrics_gauge(out, "scoreboardd_dirty", "1: the cluster's boards lack something.",
                  boards.dirty);
    metrics_gauge(out, "scoreboardd_behind", "1: this node lacks the cluster's newest boards.",
                  boards.behind);
    metrics_gauge(out, "scoreboardd_postgres_up", "1: PostgreSQL answers.", n->postgres.up);
    metrics_gauge(out, "scoreboardd_redis_up", "1: Redis answers.", n->redis.up);
    metrics_gauge(out, "scoreboardd_bus_up", "1: subscribed and hearing.", n->bus_link.up);
}

int pages_write(void *node, enum page page, enum audience audience, struct buffer *body)
{
    const struct node *n = node;

    switch (page) {
    case PAGE_HEALTH:
        write_health(n, audience, body);
        return available(n) ? 200 : 503;
    case PAGE_METRICS:
        write_metrics(n, body);
        break;
    case PAGE_STATUS:
        write_status(n, body);
        break;
    }
    return 200;
}
