#include "daemon/link.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct err refused = {"connection refused"};
static const struct err timed_out = {"timed out"};

static struct link fresh(void)
{
    return (struct link){.name = "Redis", .remedy = "Start it"};
}

static void one_that_nobody_tried_works(void **state)
{
    struct link l = fresh();

    (void)state;
    assert_true(link_works(&l));
    link_settle(&l, false);
    assert_false(l.known);
}

static void a_failure_is_kept_with_its_time(void **state)
{
    struct link l = fresh();

    (void)state;
    link_set(&l, false, &refused);
    assert_false(link_works(&l));
    assert_true(l.since > 0);
    assert_string_equal(l.err.text, "connection refused");
}

static void a_longer_failure_keeps_its_beginning_and_tells_its_newest_reason(void **state)
{
    struct link l = fresh();

    (void)state;
    link_set(&l, false, &refused);
    l.since = 42;
    link_set(&l, false, &timed_out);
    assert_int_equal(l.since, 42);
    assert_string_equal(l.err.text, "timed out");
}

static void what_works_again_has_no_error(void **state)
{
    struct link l = fresh();

    (void)state;
    link_set(&l, false, &refused);
    l.since = 42;
    link_set(&l, true, &timed_out);
    assert_true(link_works(&l));
    assert_int_not_equal(l.since, 42);
    assert_string_equal(l.err.text, "");
}

static void a_failure_that_is_owed_no_more_is_settled(void **state)
{
    struct link l = fresh();

    (void)state;
    link_set(&l, false, &refused);
    link_settle(&l, true);
    assert_false(link_works(&l));
    link_settle(&l, false);
    assert_true(link_works(&l));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_nobody_tried_works),
        cmocka_unit_test(a_failure_is_kept_with_its_time),
        cmocka_unit_test(a_longer_failure_keeps_its_beginning_and_tells_its_newest_reason),
        cmocka_unit_test(what_works_again_has_no_error),
        cmocka_unit_test(a_failure_that_is_owed_no_more_is_settled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
