#include "fcgi/query.h"

#include <string.h>

#include "tests/unit/unit.h"

static void expect_found(const char *query, const char *name, const char *value)
{
    struct query_parameter found = query_find(query, name);

    assert_int_equal(found.times, 1);
    assert_int_equal(found.len, strlen(value));
    assert_memory_equal(found.value, value, found.len);
}

static void expect_times(const char *query, const char *name, size_t times)
{
    assert_int_equal(query_find(query, name).times, times);
}

static void a_parameter_is_found_among_others(void **state)
{
    (void)state;
    expect_found("rev=17", "rev", "17");
    expect_found("a=1&rev=17&b=2", "rev", "17");
    expect_found("&&rev=17&", "rev", "17");
    expect_found("rev=1=7", "rev", "1=7");
}

static void an_absent_one_occurs_no_times(void **state)
{
    (void)state;
    expect_times("", "rev", 0);
    expect_times("&", "rev", 0);
    expect_times("re=1&revv=1&xrev=1&=rev&Rev=1", "rev", 0);
}

static void one_without_a_value_is_there_and_empty(void **state)
{
    (void)state;
    expect_found("rev", "rev", "");
    expect_found("rev=", "rev", "");
    expect_found("a&rev&b", "rev", "");
}

static void every_occurrence_counts(void **state)
{
    (void)state;
    expect_times("rev=1&rev=1", "rev", 2);
    expect_times("rev=1&a=2&rev", "rev", 2);
    expect_times("rev=1&r%65v=2&%72%65%76=3", "rev", 3);
}

static void names_and_values_are_decoded(void **state)
{
    (void)state;
    expect_found("rev=%31%37", "rev", "17");
    expect_found("%72ev=1", "rev", "1");
    expect_found("rev=+1%2b", "rev", " 1+");
    expect_found("rev=%c3%A4", "rev", "\xc3\xa4");
}

static void what_is_no_encoding_stands_for_itself(void **state)
{
    (void)state;
    expect_found("rev=%", "rev", "%");
    expect_found("rev=%4", "rev", "%4");
    expect_found("rev=%g1%1g", "rev", "%g1%1g");
    expect_found("rev=%&a=31", "rev", "%");
}

static void a_nul_does_not_end_a_name_or_a_value(void **state)
{
    struct query_parameter found = query_find("rev=1%007", "rev");

    (void)state;
    assert_int_equal(found.len, 3);
    assert_memory_equal(found.value,
                        "1\0"
                        "7",
                        3);
    expect_times("rev%00x=1", "rev", 0);
    expect_times("rev%00=1", "rev", 0);
}

static void a_long_value_is_counted_but_not_kept(void **state)
{
    char query[4096] = "rev=";
    struct query_parameter found;

    (void)state;
    memset(query + 4, '1', sizeof query - 5);
    found = query_find(query, "rev");
    assert_int_equal(found.times, 1);
    assert_int_equal(found.len, sizeof query - 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_is_found_among_others),
        cmocka_unit_test(an_absent_one_occurs_no_times),
        cmocka_unit_test(one_without_a_value_is_there_and_empty),
        cmocka_unit_test(every_occurrence_counts),
        cmocka_unit_test(names_and_values_are_decoded),
        cmocka_unit_test(what_is_no_encoding_stands_for_itself),
        cmocka_unit_test(a_nul_does_not_end_a_name_or_a_value),
        cmocka_unit_test(a_long_value_is_counted_but_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
