#include "daemon/notice.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http.h"
#include "lib/log.h"
#include "lib/revision.h"

#define HEARTBEAT ": \n\n"

#define COME_BACK_MS 100

struct notice *notice_new(int64_t revision, const struct buffer *bytes)
{
    struct notice *n = buffer_failed(bytes) ? NULL : malloc(sizeof *n + bytes->len);

    if (!n) {
        log_error("out of memory for a notice");
        abort();
    }
    n->revision = revision;
    n->readers = 1;
    n->len = (uint32_t)bytes->len;
    memcpy(n->bytes, bytes->data, bytes->len);
    return n;
}

struct notice *notice_hold(struct notice *n)
{
    n->readers++;
    return n;
}

void notice_drop(struct notice *n)
{
    if (n && --n->readers == 0)
        free(n);
}

/* Takes the buffer over. */
static struct notice *notice_of(int64_t revision, struct buffer *bytes)
{
    struct notice *n = notice_new(revision, bytes);

    buffer_release(bytes);
    return n;
}

struct notice *notice_heartbeat(void)
{
    struct buffer b = {0};

    buffer_append_text(&b, HEARTBEAT);
    return notice_of(REVISION_NONE, &b);
}

struct notice *notice_farewell(void)
{
    struct buffer b = {0};

    http_append_refusal(&b, COME_BACK_MS);
    return notice_of(REVISION_NONE, &b);
}

struct notice *notice_scoreboard(int64_t revision, const struct board_event *event)
{
    struct buffer b = {0};
    char data[EVENT_TEXT_MAX];

    event_format(event, data);
    buffer_printf(&b, "id: %" PRId64 "\nevent: scoreboard\ndata: %s\n\n", revision, data);
    return notice_of(revision, &b);
}

static void append_ready(struct buffer *b, int64_t revision)
{
    if (revision != REVISION_NONE)
        buffer_printf(b, "id: %" PRId64 "\n", revision);
    buffer_append_text(b, "event: ready\ndata: {}\n\n");
}

/* A client that names no id has no boards yet: it loads them on `ready`, and so misses nothing. */
static bool has_missed(const struct request_head *request, const struct notice *current)
{
    return current && request->resumes && request->last_seen != current->revision;
}

void notice_append_greeting(struct buffer *b, const struct request_head *request, int64_t retry_ms,
                            const struct notice *current)
{
    /* In one block with what follows: alone it is an empty message to some clients. */
    buffer_printf(b, "retry: %" PRId64 "\n", retry_ms);
    if (has_missed(request, current)) {
        append_ready(b, REVISION_NONE);
        buffer_append(b, current->bytes, current->len);
    } else {
        append_ready(b, current ? current->revision : REVISION_NONE);
    }
}

void news_add(struct news *news, int64_t revision, const struct board_event *event)
{
    if (revision > news->revision)
        news->revision = revision;
    event_merge(&news->event, event);
}
