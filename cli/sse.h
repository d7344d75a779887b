/*
 * sse: takes a stream of Server-Sent Events apart (the WHATWG's HTML standard, section 9.2.6).
 *
 * Bytes come in any portions; each event is handed out as its empty line is seen. Bounded: a line
 * or a value that is too long for its place is cut, since ours never are.
 */
#ifndef CLI_SSE_H
#define CLI_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/event.h"

#define SSE_LINE_MAX 512
#define SSE_NAME_MAX 32

struct sse_event {
    char id[SSE_NAME_MAX];   /* the last one that the stream gave, also by an earlier event */
    char name[SSE_NAME_MAX]; /* "message" when the stream gave none */
    char data[EVENT_TEXT_MAX];
};

struct sse {
    int64_t retry_ms; /* the last `retry:`; 0: none yet */
    /* The rest is the parser's own. */
    struct sse_event event;
    char line[SSE_LINE_MAX];
    size_t len;
    bool has_data, after_cr;
};

/* Called for each event; it may keep nothing of it. */
typedef void (*sse_listener)(void *arg, const struct sse_event *event);

/* A new connection: what was half read is gone, the last id and `retry` stay. A zeroed one is a
 * fresh one. */
void sse_restart(struct sse *sse);
void sse_feed(struct sse *sse, const char *bytes, size_t n, sse_listener listener, void *arg);

#endif
