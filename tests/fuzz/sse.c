/*
 * Server-Sent Events, as scoreboardctl watch reads them. Input: a byte that says in which portions the
 * rest comes.
 */
#include "cli/sse.h"

#include "lib/buffer.h"
#include "tests/fuzz/fuzz.h"

static void note(void *arg, const struct sse_event *event)
{
    CHECK(memchr(event->id, '\0', sizeof event->id) && memchr(event->name, '\0', SSE_NAME_MAX));
    CHECK(memchr(event->data, '\0', sizeof event->data) && event->name[0]);
    buffer_printf(arg, "%s\n%s\n%s\n", event->id, event->name, event->data);
}

static void feed(struct buffer *seen, const char *bytes, size_t len, size_t portion)
{
    struct sse sse = {0};

    for (size_t at = 0; at < len; at += portion)
        sse_feed(&sse, bytes + at, len - at < portion ? len - at : portion, note, seen);
    CHECK(sse.retry_ms >= 0);
    buffer_printf(seen, "%lld", (long long)sse.retry_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    size_t portion = (size_t)input_byte(&in) + 1, len = input_left(&in);
    struct buffer in_portions = {0}, at_once = {0};

    feed(&in_portions, (const char *)in.at, len, portion);
    feed(&at_once, (const char *)in.at, len, SIZE_MAX / 2);
    CHECK(in_portions.len == at_once.len);
    CHECK(memcmp(in_portions.data, at_once.data, at_once.len) == 0);
    buffer_release(&in_portions);
    buffer_release(&at_once);
    return 0;
}
