#include "daemon/observe.h"

#include "lib/revision.h"
#include "tests/unit/unit.h"

#define HOUR 3600000

/* All is well: revision 1000, read at 900 by a clock that now says 2000. */
static const struct observation clean = {
    .state_revision = 1000,
    .outbox = 0,
    .boundary = 0,
    .clock = 2000,
    .stored_revision = 1000,
    .stored_read_at = 900,
};

static void nothing_to_do(void **state)
{
    (void)state;
    assert_int_equal(observation_dirt(&clean, 1000, ASKED_NOTHING, HOUR), DIRT_NONE);
    assert_int_equal(observation_dirt(&clean, 900, ASKED_NOTHING, HOUR), DIRT_NONE);
}

static void a_committed_change(void **state)
{
    struct observation o = clean;

    (void)state;
    o.outbox = 1;
    assert_int_equal(observation_dirt(&o, 1000, ASKED_NOTHING, HOUR), DIRT_OUTBOX);
}

static void redis_lost_or_never_got_it(void **state)
{
    struct observation o = clean;

    (void)state;
    o.stored_revision = REVISION_NONE;
    assert_int_equal(observation_dirt(&o, 0, ASKED_NOTHING, HOUR), DIRT_LOST);
    o.stored_revision = 999; /* died between COMMIT and store, or failed over */
    assert_int_equal(observation_dirt(&o, 0, ASKED_NOTHING, HOUR), DIRT_LOST);
    o.stored_revision = 1001; /* PostgreSQL was restored from a backup */
    assert_int_equal(observation_dirt(&o, 0, ASKED_NOTHING, HOUR), DIRT_LOST);
}

static void this_node_is_ahead_of_redis(void **state)
{
    (void)state;
    assert_int_equal(observation_dirt(&clean, 1001, ASKED_NOTHING, HOUR), DIRT_LOST);
}

static void a_boundary_passed_after_the_read(void **state)
{
    struct observation o = clean;

    (void)state;
    o.boundary = 899;
    assert_int_equal(observation_dirt(&o, 1000, ASKED_NOTHING, HOUR), DIRT_NONE);
    o.boundary = 900;
    assert_int_equal(observation_dirt(&o, 1000, ASKED_NOTHING, HOUR), DIRT_BOUNDARY);
    assert_string_equal(dirt_reason(DIRT_BOUNDARY), "boundary");
}

static void the_boards_are_an_hour_old(void **state)
{
    struct observation o = clean;

    (void)state;
    o.clock = o.stored_read_at + HOUR - 1;
    assert_int_equal(observation_dirt(&o, 1000, ASKED_NOTHING, HOUR), DIRT_NONE);
    o.clock++;
    assert_int_equal(observation_dirt(&o, 1000, ASKED_NOTHING, HOUR), DIRT_PERIODIC);
    assert_string_equal(dirt_reason(DIRT_PERIODIC), "periodic");
}

static void the_clock_was_set_back_by_an_hour(void **state)
{
    struct observation o = clean;

    (void)state;
    o.stored_read_at = o.clock + HOUR;
    assert_int_equal(observation_dirt(&o, 1000, ASKED_NOTHING, HOUR), DIRT_PERIODIC);
}

static void somebody_asks_until_a_newer_one_is_stored(void **state)
{
    (void)state;
    assert_int_equal(observation_dirt(&clean, 1000, 1000, HOUR), DIRT_ASKED);
    assert_int_equal(observation_dirt(&clean, 1000, 999, HOUR), DIRT_NONE);
    assert_string_equal(dirt_reason(DIRT_ASKED), "startup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(a_committed_change),
        cmocka_unit_test(redis_lost_or_never_got_it),
        cmocka_unit_test(this_node_is_ahead_of_redis),
        cmocka_unit_test(a_boundary_passed_after_the_read),
        cmocka_unit_test(the_boards_are_an_hour_old),
        cmocka_unit_test(the_clock_was_set_back_by_an_hour),
        cmocka_unit_test(somebody_asks_until_a_newer_one_is_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
