/*
 * event: "the scoreboard may have changed".
 *
 *   {"scope":"all","reason":"submission_correct","ts":"2026-02-27T18:00:00Z"}
 *
 * `scope` is `all` until divisions exist; `reason`, for debugging, is [a-z0-9_]{1,64}; `ts` is RFC
 * 3339 UTC. Our publishers add `"outbox":true`: the row is in PostgreSQL already. What lacks it is
 * foreign, and whoever hears it writes the row.
 *
 * The tag is board_event because `struct event` is libevent's, and the daemon needs both in one
 * file.
 */
#ifndef LIB_EVENT_H
#define LIB_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cJSON;

#define EVENT_REASON_MAX   64
#define EVENT_REASON_BATCH "batch" /* of events whose reasons differ */
#define EVENT_TEXT_MAX     192     /* the longest event text and its NUL */

struct board_event {
    char reason[EVENT_REASON_MAX + 1];
    int64_t ts;  /* microseconds since 1970 */
    bool outbox; /* its outbox row exists */
};

/* What is wrong with an event, for the caller of the API: which field, and why. Both static
 * strings. */
struct event_fault {
    const char *field; /* "body", "scope", "reason", "ts" */
    const char *reason;
};

bool event_reason_valid(const char *reason, size_t len);

/* Reads JSON of `len` bytes. `scope` may be absent (all), unknown fields are ignored. A missing or
 * bad `ts` becomes `now` (it is for debugging; a foreign publisher's clock or format must not cost
 * the event). On false *fault is set and *event is untouched. */
bool event_parse(const char *text, size_t len, int64_t now, struct board_event *event,
                 struct event_fault *fault);

/* The same of JSON that was parsed already; NULL is no event. */
bool event_read(const struct cJSON *json, int64_t now, struct board_event *event,
                struct event_fault *fault);

/* Writes the three fields that browsers get, or, for our own channel, `"outbox":true` besides.
 * Returns the length; `out` is terminated. */
size_t event_format(const struct board_event *event, char out[EVENT_TEXT_MAX]);
size_t event_format_outbox(const struct board_event *event, char out[EVENT_TEXT_MAX]);

/* Coalesces: the later ts, EVENT_REASON_BATCH when the reasons differ, `outbox` only when both have
 * their row. An `into` with an empty reason is none yet and becomes `from`. */
void event_merge(struct board_event *into, const struct board_event *from);

#endif
