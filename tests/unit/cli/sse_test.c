/* cli/sse: what a stream's bytes become, however they are cut into portions. */
#include "cli/sse.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Each event as "id|name|data;". */
static char heard[1024];

static void listen_in(void *arg, const struct sse_event *event)
{
    size_t len = strlen(heard);

    (void)arg;
    snprintf(heard + len, sizeof heard - len, "%s|%s|%s;", event->id, event->name, event->data);
}

static void feed(struct sse *sse, const char *text, size_t portion)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i += portion)
        sse_feed(sse, text + i, len - i < portion ? len - i : portion, listen_in, NULL);
}

static void expect(const char *text, const char *events)
{
    for (size_t portion = 1; portion < 9; portion++) {
        struct sse sse = {0};

        heard[0] = '\0';
        feed(&sse, text, portion);
        assert_string_equal(heard, events);
    }
}

static void test_an_event_has_id_name_and_data(void **state)
{
    (void)state;
    expect("id: 7\nevent: scoreboard\ndata: {\"a\":1}\n\n", "7|scoreboard|{\"a\":1};");
}

static void test_an_id_lasts_until_the_next_one(void **state)
{
    (void)state;
    expect("id: 7\ndata: a\n\nevent: x\ndata: b\n\n", "7|message|a;7|x|b;");
}

static void test_comments_and_events_without_data_are_silent(void **state)
{
    (void)state;
    expect(": hello\n\nevent: x\n\ndata: b\n\n", "|message|b;");
}

static void test_all_three_ends_of_a_line_count(void **state)
{
    (void)state;
    expect("data: a\r\n\r\ndata: b\r\rdata: c\n\n", "|message|a;|message|b;|message|c;");
}

static void test_lines_of_data_are_joined(void **state)
{
    (void)state;
    expect("data: a\ndata:b\ndata\ndata:  c\n\n", "|message|a\nb\n\n c;");
}

static void test_retry_is_kept_when_it_is_a_number(void **state)
{
    struct sse sse = {0};

    (void)state;
    feed(&sse, "retry: 2500\nretry: soon\n", 4);
    assert_int_equal(sse.retry_ms, 2500);
}

static void test_what_is_too_long_is_cut(void **state)
{
    static char text[5000];
    struct sse sse = {0};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    heard[0] = '\0';
    feed(&sse, "id: ", 4);
    feed(&sse, text, 100);
    feed(&sse, "\ndata: ", 7);
    feed(&sse, text, 100);
    feed(&sse, "\ndata: more\n\n", 7);
    assert_int_equal(strchr(heard, '|') - heard, SSE_NAME_MAX - 1);
    assert_int_equal(strlen(heard),
                     (SSE_NAME_MAX - 1) + strlen("|message|;") + (EVENT_TEXT_MAX - 1));
}

static void test_a_new_connection_forgets_the_half_read_event_but_not_the_id(void **state)
{
    struct sse sse = {0};

    (void)state;
    heard[0] = '\0';
    feed(&sse, "id: 7\ndata: a\n\nid: 8\ndata: b\ndat", 5);
    sse_restart(&sse);
    feed(&sse, "data: c\n\n", 5);
    assert_string_equal(heard, "7|message|a;8|message|c;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_has_id_name_and_data),
        cmocka_unit_test(test_an_id_lasts_until_the_next_one),
        cmocka_unit_test(test_comments_and_events_without_data_are_silent),
        cmocka_unit_test(test_all_three_ends_of_a_line_count),
        cmocka_unit_test(test_lines_of_data_are_joined),
        cmocka_unit_test(test_retry_is_kept_when_it_is_a_number),
        cmocka_unit_test(test_what_is_too_long_is_cut),
        cmocka_unit_test(test_a_new_connection_forgets_the_half_read_event_but_not_the_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
