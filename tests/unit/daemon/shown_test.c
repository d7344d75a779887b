#include "daemon/shown.h"

#include "lib/revision.h"
#include "tests/unit/unit.h"

static const struct shown a = {.revision = 1000, .read_at = 999, .digest = "A"};

static void what_is_the_same_stands(void **state)
{
    (void)state;
    assert_true(shown_stands(&a, "A", 1000, 2000));
    assert_true(shown_stands(&a, "A", REVISION_NONE, 1000)); /* on a node that is new */
    assert_false(shown_stands(&a, "B", 1000, 2000));
}

static void nothing_stands_before_the_first_rebuild(void **state)
{
    struct shown nothing = {.revision = REVISION_NONE, .digest = "A"};

    (void)state;
    assert_false(shown_stands(&nothing, "A", REVISION_NONE, 2000));
}

static void what_a_restored_postgresql_remembers_does_not(void **state)
{
    (void)state;
    assert_false(shown_stands(&a, "A", 1001, 2000)); /* the public was given a newer one since */
}

static void garbage_does_not(void **state)
{
    (void)state;
    assert_false(shown_stands(&a, "A", REVISION_NONE, 999));
}

static void the_event_tells_no_reason(void **state)
{
    struct board_event event = shown_event(&a);

    (void)state;
    assert_string_equal(event.reason, "withheld");
    assert_int_equal(event.ts, 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_the_same_stands),
        cmocka_unit_test(nothing_stands_before_the_first_rebuild),
        cmocka_unit_test(what_a_restored_postgresql_remembers_does_not),
        cmocka_unit_test(garbage_does_not),
        cmocka_unit_test(the_event_tells_no_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
