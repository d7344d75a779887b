/* Events, as anybody may publish them. Input: two lines of JSON. */
#include "lib/event.h"

#include "lib/timestamp.h"
#include "tests/fuzz/fuzz.h"

#define NOW INT64_C(1772215200431000)

static bool same(const struct board_event *a, const struct board_event *b)
{
    return strcmp(a->reason, b->reason) == 0 && a->ts == b->ts && a->outbox == b->outbox;
}

/* What we write of it is read as what it is, by us and so by anybody. */
static void check_written(const struct board_event *event)
{
    struct board_event again, plain = *event;
    struct event_fault fault;
    char text[EVENT_TEXT_MAX];
    size_t len = event_format(event, text);

    CHECK(len == strlen(text) && len < sizeof text);
    plain.outbox = false;
    CHECK(event_parse(text, len, 0, &again, &fault) && same(&again, &plain));
    plain.outbox = true;
    len = event_format_outbox(event, text);
    CHECK(len == strlen(text) && len < sizeof text);
    CHECK(event_parse(text, len, 0, &again, &fault) && same(&again, &plain));
}

static bool check_event(const char *text, size_t len, struct board_event *event)
{
    struct event_fault fault = {0};
    struct board_event untouched = {.reason = "untouched", .ts = 77};

    *event = untouched;
    if (!event_parse(text, len, NOW, event, &fault)) {
        CHECK(fault.field && fault.reason && same(event, &untouched));
        return false;
    }
    CHECK(event_reason_valid(event->reason, strlen(event->reason)));
    CHECK(event->ts >= TIMESTAMP_EARLIEST && event->ts <= TIMESTAMP_LATEST);
    CHECK(!memchr(text, '\0', len));
    check_written(event);
    return true;
}

static void check_merge(const struct board_event *a, const struct board_event *b)
{
    struct board_event ab = *a, ba = *b, none = {0};

    event_merge(&ab, b);
    event_merge(&ba, a);
    CHECK(same(&ab, &ba));
    event_merge(&ab, a); /* nothing new */
    CHECK(same(&ab, &ba));
    event_merge(&none, a);
    CHECK(same(&none, a));
    check_written(&ab);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = end ? (size_t)(end - data) : size, second = end ? first + 1 : size;
    struct board_event a, b;
    bool both = check_event((const char *)data, first, &a);

    both &= check_event((const char *)data + second, size - second, &b);
    if (both)
        check_merge(&a, &b);
    return 0;
}
