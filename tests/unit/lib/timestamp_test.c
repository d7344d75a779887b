#include "lib/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#define SECOND INT64_C(1000000)
#define DAY    (86400 * SECOND)

static void assert_formats(int64_t us, const char *expected)
{
    char text[TIMESTAMP_MAX];

    assert_int_equal(timestamp_format(text, us), strlen(expected));
    assert_string_equal(text, expected);
}

static void assert_parses(const char *text, int64_t expected)
{
    struct err err;
    int64_t us = 0;

    if (timestamp_parse(text, &us, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(us, expected);
}

static void fractions_have_no_trailing_zeros(void **state)
{
    const int64_t noon = INT64_C(1769256000) * SECOND;

    (void)state;
    assert_formats(noon, "2026-01-24T12:00:00Z");
    assert_formats(noon + 1, "2026-01-24T12:00:00.000001Z");
    assert_formats(noon + 100000, "2026-01-24T12:00:00.1Z");
    assert_formats(noon + 120000, "2026-01-24T12:00:00.12Z");
    assert_formats(noon + 999999, "2026-01-24T12:00:00.999999Z");
}

static void times_before_1970_round_to_no_side(void **state)
{
    (void)state;
    assert_formats(0, "1970-01-01T00:00:00Z");
    assert_formats(-1, "1969-12-31T23:59:59.999999Z");
    assert_formats(-DAY, "1969-12-31T00:00:00Z");
    assert_formats(-SECOND / 2, "1969-12-31T23:59:59.5Z");
}

static void times_beyond_the_calendar_are_clamped(void **state)
{
    (void)state;
    assert_formats(INT64_MIN, "0001-01-01T00:00:00Z");
    assert_formats(INT64_C(-62135596800) * SECOND - 1, "0001-01-01T00:00:00Z");
    assert_formats(INT64_C(-62135596800) * SECOND + 1, "0001-01-01T00:00:00.000001Z");
    assert_formats(INT64_C(253402300800) * SECOND, "9999-12-31T23:59:59.999999Z");
    assert_formats(INT64_MAX, "9999-12-31T23:59:59.999999Z");
    assert_parses("0001-01-01T00:00:00+01:00", INT64_C(-62135596800) * SECOND);
    assert_parses("9999-12-31T23:59:59-01:00", INT64_C(253402300800) * SECOND - 1);
}

/* The C library as the judge: every day of the calendar, at a time of day that moves. */
static void every_day_agrees_with_gmtime_and_is_read_back(void **state)
{
    (void)state;
    for (int64_t day = -719162; day <= 2932896; day++) {
        time_t seconds = (time_t)(day * 86400 + (day * 7919 % 86400 + 86400) % 86400);
        char text[TIMESTAMP_MAX], expected[64];
        struct err err;
        int64_t back;
        struct tm tm;

        gmtime_r(&seconds, &tm);
        snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        timestamp_format(text, seconds * SECOND);
        if (strcmp(text, expected) != 0)
            fail_msg("%s, not %s", text, expected);
        if (timestamp_parse(text, &back, &err) < 0 || back != seconds * SECOND)
            fail_msg("%s is not read back", text);
    }
}

static void all_that_rfc_3339_allows_is_read(void **state)
{
    const int64_t noon = INT64_C(1769256000) * SECOND;

    (void)state;
    assert_parses("2026-01-24T12:00:00Z", noon);
    assert_parses("2026-01-24t12:00:00z", noon);
    assert_parses("2026-01-24 12:00:00Z", noon);
    assert_parses("2026-01-24T13:30:00+01:30", noon);
    assert_parses("2026-01-24T00:00:00-12:00", noon);
    assert_parses("2026-01-24T12:00:00-00:00", noon);
    assert_parses("2026-01-24T12:00:00.5Z", noon + SECOND / 2);
    assert_parses("2026-01-24T12:00:00.1234569999Z", noon + 123456);
    assert_parses("2024-02-29T00:00:00Z", INT64_C(1709164800) * SECOND);
    assert_parses("2000-02-29T00:00:00Z", INT64_C(951782400) * SECOND);
    assert_parses("2016-12-31T23:59:60Z", INT64_C(1483228800) * SECOND);
}

static void everything_else_is_refused(void **state)
{
    static const char *const others[] = {
        "",
        "now",
        "2026",
        "2026-01-24",
        "2026-01-24T12:00:00",
        "2026-01-24T12:00Z",
        "2026-01-24T12:00:00ZZ",
        "2026-01-24T12:00:00Z ",
        " 2026-01-24T12:00:00Z",
        "2026-1-24T12:00:00Z",
        "26-01-24T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-00-24T12:00:00Z",
        "2026-13-24T12:00:00Z",
        "2026-01-00T12:00:00Z",
        "2026-04-31T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "2026-01-24T24:00:00Z",
        "2026-01-24T12:60:00Z",
        "2026-01-24T12:00:61Z",
        "2026-01-24T12:00:00.Z",
        "2026-01-24T12:00:00,5Z",
        "2026-01-24T12:00:00+1:00",
        "2026-01-24T12:00:00+0100",
        "2026-01-24T12:00:00+24:00",
        "2026-01-24T12:00:00+01:60",
        "2026-01-24T12:00:00 Z",
        "-026-01-24T12:00:00Z",
        "2026-01-24T12:00:00\342\210\22201:00", /* a typographer's minus */
        "+2026-01-24T12:00:00Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct err err;
        int64_t us = 42;

        if (timestamp_parse(others[i], &us, &err) == 0)
            fail_msg("\"%s\" was read", others[i]);
        assert_int_equal(us, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fractions_have_no_trailing_zeros),
        cmocka_unit_test(times_before_1970_round_to_no_side),
        cmocka_unit_test(times_beyond_the_calendar_are_clamped),
        cmocka_unit_test(every_day_agrees_with_gmtime_and_is_read_back),
        cmocka_unit_test(all_that_rfc_3339_allows_is_read),
        cmocka_unit_test(everything_else_is_refused),
    };

    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
