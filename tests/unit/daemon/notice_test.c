#include "daemon/notice.h"

#include <string.h>

#include "lib/revision.h"
#include "tests/unit/unit.h"

#define TS INT64_C(1772215200000000) /* 2026-02-27T18:00:00Z */

#define SCOREBOARD(id, reason)        \
    "id: " id "\nevent: scoreboard\n" \
    "data: {\"scope\":\"all\",\"reason\":\"" reason "\",\"ts\":\"2026-02-27T18:00:00Z\"}\n\n"

static const struct board_event solve = {.reason = "submission_correct", .ts = TS, .outbox = true};

static void assert_bytes(const char *bytes, size_t len, const char *expected)
{
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(bytes, expected, len);
}

static void assert_notice(struct notice *n, int64_t revision, const char *expected)
{
    assert_int_equal(n->revision, revision);
    assert_bytes(n->bytes, n->len, expected);
    notice_drop(n);
}

static void assert_greeting(const struct request_head *request, struct notice *current,
                            const char *expected)
{
    struct buffer b = {0};

    notice_append_greeting(&b, request, 2345, current);
    assert_bytes(b.data, b.len, expected);
    buffer_release(&b);
    notice_drop(current);
}

static void a_notice_is_one_event_with_its_id(void **state)
{
    (void)state;
    assert_notice(notice_scoreboard(1772215200431, &solve), 1772215200431,
                  SCOREBOARD("1772215200431", "submission_correct"));
}

static void the_longest_reason_and_revision_fit(void **state)
{
    struct board_event event = {.ts = TS};
    struct notice *n;

    (void)state;
    memset(event.reason, 'r', EVENT_REASON_MAX);
    n = notice_scoreboard(REVISION_LAST, &event);
    assert_memory_equal(n->bytes + n->len - strlen("00:00Z\"}\n\n"), "00:00Z\"}\n\n",
                        strlen("00:00Z\"}\n\n"));
    notice_drop(n);
}

static void a_heartbeat_is_a_comment_and_no_news(void **state)
{
    (void)state;
    assert_notice(notice_heartbeat(), REVISION_NONE, ": \n\n");
}

static void a_new_client_is_told_what_is_current(void **state)
{
    struct request_head request = {.last_seen = REVISION_NONE};

    (void)state;
    assert_greeting(&request, notice_scoreboard(1772215200000, &solve),
                    "retry: 2345\n"
                    "id: 1772215200000\nevent: ready\ndata: {}\n\n");
}

static void a_client_that_is_up_to_date_gets_ready_alone(void **state)
{
    struct request_head request = {.resumes = true, .last_seen = 7};

    (void)state;
    assert_greeting(&request, notice_scoreboard(7, &solve),
                    "retry: 2345\n"
                    "id: 7\nevent: ready\ndata: {}\n\n");
}

static void a_client_that_missed_something_gets_it(void **state)
{
    const int64_t other[] = {6, 8, REVISION_NONE}; /* older, from the future, garbage */

    (void)state;
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct request_head request = {.resumes = true, .last_seen = other[i]};

        assert_greeting(&request, notice_scoreboard(7, &solve),
                        "retry: 2345\n"
                        "event: ready\ndata: {}\n\n" SCOREBOARD("7", "submission_correct"));
    }
}

static void without_a_snapshot_ready_has_no_id(void **state)
{
    struct request_head fresh = {.last_seen = REVISION_NONE};
    struct request_head resumed = {.resumes = true, .last_seen = 7};

    (void)state;
    assert_greeting(&fresh, NULL, "retry: 2345\nevent: ready\ndata: {}\n\n");
    assert_greeting(&resumed, NULL, "retry: 2345\nevent: ready\ndata: {}\n\n");
}

static void a_notice_goes_with_its_last_reader(void **state)
{
    struct notice *n = notice_heartbeat();

    (void)state;
    assert_ptr_equal(notice_hold(n), n);
    notice_drop(n);
    assert_notice(n, REVISION_NONE, ": \n\n"); /* drops the second; the sanitizers watch */
    notice_drop(NULL);
}

static void news_become_the_newest_revision(void **state)
{
    struct news news = {0};
    struct board_event later = {.reason = "submission_correct", .ts = TS + 1000000};

    (void)state;
    news_add(&news, 8, &later);
    news_add(&news, 7, &solve);
    assert_int_equal(news.revision, 8);
    assert_string_equal(news.event.reason, "submission_correct");
    assert_int_equal(news.event.ts, TS + 1000000);
}

static void news_of_differing_reasons_are_a_batch(void **state)
{
    struct news news = {0};
    struct board_event award = {.reason = "award_changed", .ts = TS};

    (void)state;
    news_add(&news, 7, &solve);
    news_add(&news, 8, &award);
    assert_notice(notice_scoreboard(news.revision, &news.event), 8, SCOREBOARD("8", "batch"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_is_one_event_with_its_id),
        cmocka_unit_test(the_longest_reason_and_revision_fit),
        cmocka_unit_test(a_heartbeat_is_a_comment_and_no_news),
        cmocka_unit_test(a_new_client_is_told_what_is_current),
        cmocka_unit_test(a_client_that_is_up_to_date_gets_ready_alone),
        cmocka_unit_test(a_client_that_missed_something_gets_it),
        cmocka_unit_test(without_a_snapshot_ready_has_no_id),
        cmocka_unit_test(a_notice_goes_with_its_last_reader),
        cmocka_unit_test(news_become_the_newest_revision),
        cmocka_unit_test(news_of_differing_reasons_are_a_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
