#include "daemon/retention.h"

#include "tests/unit/unit.h"

/* The defaults, in handy numbers. */
static const struct config rules = {
    .keep_age = 10000, .keep_bytes = 64, .keep_min = 2, .keep_max = 6};

#define NOW 100000

/* An old revision of so many bytes that was superseded so long ago. */
static struct old_revision old(int64_t bytes, int64_t age)
{
    return (struct old_revision){.bytes = bytes, .superseded_at = NOW - age};
}

static void without_old_ones_there_is_nothing_to_keep(void **state)
{
    (void)state;
    assert_int_equal(retention_count(&rules, NULL, 0, NOW), 0);
}

static void young_ones_stay_however_large(void **state)
{
    const struct old_revision some[] = {old(500, 1), old(500, 5000), old(500, 9999)};

    (void)state;
    assert_int_equal(retention_count(&rules, some, 3, NOW), 3);
}

static void aged_ones_stay_while_all_old_ones_fit(void **state)
{
    const struct old_revision some[] = {old(20, 1), old(20, 10000), old(24, 20000), old(1, 30000)};

    (void)state;
    assert_int_equal(retention_count(&rules, some, 4, NOW), 3);
}

static void one_old_one_stays_beside_the_current(void **state)
{
    const struct old_revision some[] = {old(500, 20000), old(500, 30000)};

    (void)state;
    assert_int_equal(retention_count(&rules, some, 2, NOW), 1);
}

static void no_more_than_the_most_stay_even_if_young(void **state)
{
    const struct old_revision some[] = {old(1, 1), old(1, 2), old(1, 3), old(1, 4),
                                        old(1, 5), old(1, 6), old(1, 7)};

    (void)state;
    assert_int_equal(retention_count(&rules, some, 7, NOW), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_old_ones_there_is_nothing_to_keep),
        cmocka_unit_test(young_ones_stay_however_large),
        cmocka_unit_test(aged_ones_stay_while_all_old_ones_fit),
        cmocka_unit_test(one_old_one_stays_beside_the_current),
        cmocka_unit_test(no_more_than_the_most_stay_even_if_young),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
