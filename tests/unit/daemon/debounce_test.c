#include "daemon/debounce.h"

#include "tests/unit/unit.h"

static void one_event_waits_for_quiet(void **state)
{
    struct debounce d;

    (void)state;
    debounce_init(&d, 300, 1000);
    assert_false(d.armed);
    debounce_event(&d, 5000);
    assert_true(d.armed);
    assert_int_equal(d.due, 5300);
}

static void each_event_rearms(void **state)
{
    struct debounce d;

    (void)state;
    debounce_init(&d, 300, 1000);
    debounce_event(&d, 5000);
    debounce_event(&d, 5200);
    assert_int_equal(d.due, 5500);
}

static void a_steady_stream_does_not_starve(void **state)
{
    struct debounce d;

    (void)state;
    debounce_init(&d, 300, 1000);
    for (int64_t now = 5000; now < 6000; now += 50)
        debounce_event(&d, now);
    assert_int_equal(d.due, 6000);
}

static void clearing_starts_a_new_window(void **state)
{
    struct debounce d;

    (void)state;
    debounce_init(&d, 300, 1000);
    debounce_event(&d, 5000);
    debounce_clear(&d);
    assert_false(d.armed);
    debounce_event(&d, 6000);
    assert_int_equal(d.first, 6000);
    assert_int_equal(d.due, 6300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event_waits_for_quiet),
        cmocka_unit_test(each_event_rearms),
        cmocka_unit_test(a_steady_stream_does_not_starve),
        cmocka_unit_test(clearing_starts_a_new_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
