#include "lib/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define NOW INT64_C(1772215200000000) /* 2026-02-27T18:00:00Z */

static struct board_event assert_parses(const char *text)
{
    struct event_fault fault;
    struct board_event event;

    if (!event_parse(text, strlen(text), NOW, &event, &fault))
        fail_msg("%s: %s %s", text, fault.field, fault.reason);
    return event;
}

static void assert_fault_of(const char *text, size_t len, const char *field, const char *reason)
{
    struct board_event event = {.reason = "untouched"};
    struct event_fault fault;

    if (event_parse(text, len, NOW, &event, &fault))
        fail_msg("accepted: %s", text);
    assert_string_equal(fault.field, field);
    assert_string_equal(fault.reason, reason);
    assert_string_equal(event.reason, "untouched");
}

static void assert_fault(const char *text, const char *field, const char *reason)
{
    assert_fault_of(text, strlen(text), field, reason);
}

#define BAD_REASON "must match [a-z0-9_]{1,64}"
#define NOT_JSON   "not a JSON object"

static void a_whole_event_is_read(void **state)
{
    struct board_event event =
        assert_parses(" {\"scope\":\"all\",\"reason\":\"submission_correct\","
                      "\"ts\":\"2026-02-27T18:00:00.5Z\",\"outbox\":true}\r\n");

    (void)state;
    assert_string_equal(event.reason, "submission_correct");
    assert_int_equal(event.ts, NOW + 500000);
    assert_true(event.outbox);
}

static void the_reason_alone_is_enough(void **state)
{
    struct board_event event = assert_parses("{\"reason\":\"x\"}");

    (void)state;
    assert_string_equal(event.reason, "x");
    assert_int_equal(event.ts, NOW);
    assert_false(event.outbox);
}

static void a_strange_time_costs_no_event(void **state)
{
    (void)state;
    assert_int_equal(assert_parses("{\"reason\":\"x\",\"ts\":\"yesterday\"}").ts, NOW);
    assert_int_equal(assert_parses("{\"reason\":\"x\",\"ts\":1772215200}").ts, NOW);
    assert_int_equal(assert_parses("{\"reason\":\"x\",\"ts\":null}").ts, NOW);
}

static void outbox_is_true_or_it_is_not(void **state)
{
    (void)state;
    assert_false(assert_parses("{\"reason\":\"x\",\"outbox\":false}").outbox);
    assert_false(assert_parses("{\"reason\":\"x\",\"outbox\":1}").outbox);
    assert_false(assert_parses("{\"reason\":\"x\",\"outbox\":\"true\"}").outbox);
    assert_false(assert_parses("{\"reason\":\"x\",\"Outbox\":true}").outbox);
}

static void unknown_and_repeated_fields_do_no_harm(void **state)
{
    (void)state;
    assert_string_equal(assert_parses("{\"a\":[{}],\"reason\":\"x\",\"b\":\"\\u00e9\"}").reason,
                        "x");
    assert_string_equal(assert_parses("{\"reason\":\"x\",\"reason\":\"y\"}").reason, "x");
    assert_string_equal(assert_parses("{\"reason\":\"x\",\"reason\":7}").reason, "x");
}

static void what_is_no_json_object_is_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        " ",
        "{",
        "}",
        "[]",
        "null",
        "true",
        "7",
        "\"reason\"",
        "[{\"reason\":\"x\"}]",
        "reason=x",
        "{\"reason\":\"x\"",
        "{\"reason\":\"x}",
        "{'reason':'x'}",
        "{\"reason\":\"x\"}}",
        "{\"reason\":\"x\"} x",
        "{\"reason\":\"x\"}{\"reason\":\"x\"}",
        "{\"reason\":\"x\"},",
        "{\"reason\":\"x\\\"}",
        "{\"reason\":\"\\ud800\"}",
        "\xff\xfe",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_fault(bodies[i], "body", NOT_JSON);
}

static void only_len_bytes_are_looked_at(void **state)
{
    (void)state;
    assert_fault_of("{\"reason\":\"x\"}", 13, "body", NOT_JSON);
    assert_fault_of("{}", 0, "body", NOT_JSON);
}

static void the_scope_is_all(void **state)
{
    (void)state;
    assert_fault("{\"scope\":\"division:3\",\"reason\":\"x\"}", "scope", "must be all");
    assert_fault("{\"scope\":\"\",\"reason\":\"x\"}", "scope", "must be all");
    assert_fault("{\"scope\":\"ALL\",\"reason\":\"x\"}", "scope", "must be all");
    assert_fault("{\"scope\":null,\"reason\":\"x\"}", "scope", "must be all");
    assert_fault("{\"scope\":[\"all\"],\"reason\":\"x\"}", "scope", "must be all");
}

static void the_reason_is_lower_case_ascii(void **state)
{
    (void)state;
    assert_fault("{}", "reason", "missing");
    assert_fault("{\"Reason\":\"x\"}", "reason", "missing");
    assert_fault("{\"reason\":\"\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":7}", "reason", BAD_REASON);
    assert_fault("{\"reason\":null}", "reason", BAD_REASON);
    assert_fault("{\"reason\":{\"reason\":\"x\"}}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"Submission\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"a b\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"a-b\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"a\\nb\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"a\nb\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"a\\n\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"\xc3\xa9\"}", "reason", BAD_REASON);
    assert_fault("{\"reason\":\"\\u00e9\"}", "reason", BAD_REASON);
}

static void the_reason_has_at_most_64_characters(void **state)
{
    char text[128], reason[EVENT_REASON_MAX + 2];

    (void)state;
    memset(reason, 'r', sizeof reason);
    snprintf(text, sizeof text, "{\"reason\":\"%.64s\"}", reason);
    assert_int_equal(strlen(assert_parses(text).reason), 64);
    snprintf(text, sizeof text, "{\"reason\":\"%.65s\"}", reason);
    assert_fault(text, "reason", BAD_REASON);
}

static void a_nul_hides_nothing(void **state)
{
    static const char raw[] = "{\"reason\":\"x\0y\"}", behind[] = "{\"reason\":\"x\"}\0";

    (void)state;
    assert_fault_of(raw, sizeof raw - 1, "body", "must not contain NUL");
    assert_fault_of(behind, sizeof behind - 1, "body", "must not contain NUL");
    assert_fault("{\"reason\":\"x\\u0000 and more\"}", "body", "must not contain NUL");
    assert_fault("{\"scope\":\"all\\u0000!\",\"reason\":\"x\"}", "body", "must not contain NUL");
}

static void nesting_costs_no_stack(void **state)
{
    enum { DEPTH = 100000 };
    char *text = malloc(DEPTH);

    (void)state;
    assert_non_null(text);
    memset(text, '[', DEPTH);
    assert_fault_of(text, DEPTH, "body", NOT_JSON);
    for (size_t i = 0; i + 5 <= DEPTH; i += 5)
        memcpy(text + i, "{\"a\":", 5);
    assert_fault_of(text, DEPTH, "body", NOT_JSON);
    free(text);
}

static void an_event_is_written_byte_for_byte(void **state)
{
    const struct board_event event = {.reason = "submission_correct", .ts = NOW};
    char text[EVENT_TEXT_MAX];
    size_t len;

    (void)state;
    len = event_format(&event, text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "{\"scope\":\"all\",\"reason\":\"submission_correct\","
                              "\"ts\":\"2026-02-27T18:00:00Z\"}");
    len = event_format_outbox(&event, text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(text, "{\"scope\":\"all\",\"reason\":\"submission_correct\","
                              "\"ts\":\"2026-02-27T18:00:00Z\",\"outbox\":true}");
}

static void the_longest_event_fits_and_is_read_back(void **state)
{
    struct board_event event = {.ts = NOW + 123456}, back;
    char text[EVENT_TEXT_MAX];

    (void)state;
    memset(event.reason, 'r', EVENT_REASON_MAX);
    assert_true(event_format_outbox(&event, text) < EVENT_TEXT_MAX);
    back = assert_parses(text);
    assert_string_equal(back.reason, event.reason);
    assert_int_equal(back.ts, event.ts);
    assert_true(back.outbox);
}

static void the_same_reason_stays_and_others_become_batch(void **state)
{
    const struct board_event a = {.reason = "a", .ts = 5}, later_a = {.reason = "a", .ts = 7};
    const struct board_event b = {.reason = "b", .ts = 6};
    struct board_event merged = {0};

    (void)state;
    event_merge(&merged, &a);
    assert_string_equal(merged.reason, "a");
    assert_int_equal(merged.ts, 5);
    event_merge(&merged, &later_a);
    assert_string_equal(merged.reason, "a");
    assert_int_equal(merged.ts, 7);
    event_merge(&merged, &b);
    assert_string_equal(merged.reason, "batch");
    assert_int_equal(merged.ts, 7);
    event_merge(&merged, &a);
    assert_string_equal(merged.reason, "batch");
}

static void a_merged_event_has_its_row_when_all_have(void **state)
{
    const struct board_event ours = {.reason = "a", .outbox = true}, foreign = {.reason = "a"};
    struct board_event merged = {0};

    (void)state;
    event_merge(&merged, &ours);
    assert_true(merged.outbox);
    event_merge(&merged, &ours);
    assert_true(merged.outbox);
    event_merge(&merged, &foreign);
    assert_false(merged.outbox);
    event_merge(&merged, &ours);
    assert_false(merged.outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_event_is_read),
        cmocka_unit_test(the_reason_alone_is_enough),
        cmocka_unit_test(a_strange_time_costs_no_event),
        cmocka_unit_test(outbox_is_true_or_it_is_not),
        cmocka_unit_test(unknown_and_repeated_fields_do_no_harm),
        cmocka_unit_test(what_is_no_json_object_is_refused),
        cmocka_unit_test(only_len_bytes_are_looked_at),
        cmocka_unit_test(the_scope_is_all),
        cmocka_unit_test(the_reason_is_lower_case_ascii),
        cmocka_unit_test(the_reason_has_at_most_64_characters),
        cmocka_unit_test(a_nul_hides_nothing),
        cmocka_unit_test(nesting_costs_no_stack),
        cmocka_unit_test(an_event_is_written_byte_for_byte),
        cmocka_unit_test(the_longest_event_fits_and_is_read_back),
        cmocka_unit_test(the_same_reason_stays_and_others_become_batch),
        cmocka_unit_test(a_merged_event_has_its_row_when_all_have),
    };

    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
