#include "daemon/observe.h"

#include "lib/revision.h"
#include "lib/timestamp.h"
#include "tests/unit/unit.h"

#define HOUR 3600000

/* All is well: revision 1000, read at 900 by a clock that now says 2000. */
static const struct observation clean = {
    .state_revision = 1000,
    .read_at = 900,
    .clock = 2000,
    .clock_at = 50,
    .redis = true,
    .stored_revision = 1000,
    .shown_revision = 1000,
};

static const struct doubt no_doubt = {MISSED_NOTHING, REVISION_NONE};

static void assert_dirt(const struct observation *o, int64_t node_revision, enum dirt dirt)
{
    assert_int_equal(observation_dirt(o, node_revision, &no_doubt, HOUR), dirt);
}

static void nothing_to_do(void **state)
{
    (void)state;
    assert_dirt(&clean, 1000, DIRT_NONE);
    assert_dirt(&clean, 900, DIRT_NONE);
}

static void a_committed_change(void **state)
{
    struct observation o = clean;

    (void)state;
    o.outbox = true;
    assert_dirt(&o, 1000, DIRT_OUTBOX);
}

static void redis_lost_or_never_got_it(void **state)
{
    struct observation o = clean;

    (void)state;
    o.stored_revision = o.shown_revision = REVISION_NONE;
    assert_dirt(&o, 1000, DIRT_LACKING);
    o.stored_revision = o.shown_revision = 999; /* died between COMMIT and store, or failed over */
    assert_dirt(&o, 0, DIRT_LACKING);
    o.outbox = true; /* a revision of its own is due */
    assert_dirt(&o, 0, DIRT_OUTBOX);
    o.outbox = false;
    o.stored_revision = 1001; /* PostgreSQL was restored from a backup */
    assert_dirt(&o, 0, DIRT_LOST);
}

static void the_publics_line_is_not_there(void **state)
{
    struct observation o = clean;

    (void)state;
    o.shown_revision = 900; /* it stands, as in a freeze */
    assert_dirt(&o, 1000, DIRT_NONE);
    o.shown_revision = REVISION_NONE;
    assert_dirt(&o, 1000, DIRT_LOST);
}

static void this_node_is_ahead_of_redis(void **state)
{
    (void)state;
    assert_dirt(&clean, 1001, DIRT_LOST);
}

static void a_boundary_passed_after_the_read(void **state)
{
    struct observation o = clean;

    (void)state;
    o.boundary = 899;
    assert_dirt(&o, 1000, DIRT_NONE);
    o.boundary = 900;
    assert_dirt(&o, 1000, DIRT_BOUNDARY);
    assert_string_equal(dirt_reason(DIRT_BOUNDARY), "boundary");
}

static void the_boards_are_an_hour_old(void **state)
{
    struct observation o = clean;

    (void)state;
    o.clock = o.read_at + HOUR - 1;
    assert_dirt(&o, 1000, DIRT_NONE);
    o.clock++;
    assert_dirt(&o, 1000, DIRT_PERIODIC);
    assert_string_equal(dirt_reason(DIRT_PERIODIC), "periodic");
}

/* What had begun, or was frozen, by the clock of then may not be so by that of now. */
static void the_clock_was_set_back_since_they_were_read(void **state)
{
    struct observation o = clean;

    (void)state;
    o.read_at = o.clock;
    assert_dirt(&o, 1000, DIRT_NONE);
    o.read_at = o.clock + 1;
    assert_dirt(&o, 1000, DIRT_PERIODIC);
    o.read_at = o.clock + HOUR;
    assert_dirt(&o, 1000, DIRT_PERIODIC);
}

static void a_source_was_rewritten(void **state)
{
    struct observation o = clean;

    (void)state;
    o.rewritten = true;
    assert_dirt(&o, 1000, DIRT_REWRITTEN);
    assert_string_equal(dirt_reason(DIRT_REWRITTEN), "startup");
}

/* By PostgreSQL's clock, which said 2000 at 50 of ours: 1949 was at -1. */
static void what_was_missed_is_on_boards_that_were_read_since(void **state)
{
    struct observation o = clean;
    struct doubt doubt = {.missed_at = 20, .corrupt = REVISION_NONE};

    (void)state;
    o.read_at = 1970;
    assert_int_equal(observation_dirt(&o, 1000, &doubt, HOUR), DIRT_MISSED);
    o.read_at = 1971;
    assert_int_equal(observation_dirt(&o, 1000, &doubt, HOUR), DIRT_NONE);
    o.read_at = 900;
    doubt.missed_at = 51; /* after the look, which says nothing of it */
    assert_int_equal(observation_dirt(&o, 1000, &doubt, HOUR), DIRT_NONE);
}

static void boards_in_redis_that_do_not_hold_are_lost(void **state)
{
    struct doubt doubt = {.missed_at = MISSED_NOTHING, .corrupt = 1000};

    (void)state;
    assert_int_equal(observation_dirt(&clean, 1000, &doubt, HOUR), DIRT_LOST);
    doubt.corrupt = 999;
    assert_int_equal(observation_dirt(&clean, 1000, &doubt, HOUR), DIRT_NONE);
}

/* Else, in a busy freeze, the public's boards would be taken to be in place. */
static void they_are_lost_also_when_there_was_a_change(void **state)
{
    struct doubt doubt = {.missed_at = MISSED_NOTHING, .corrupt = 1000};
    struct observation o = clean;

    (void)state;
    o.outbox = true;
    assert_int_equal(observation_dirt(&o, 1000, &doubt, HOUR), DIRT_LOST);
}

static void alone_a_node_must_have_what_postgresql_has_drawn(void **state)
{
    struct observation o = clean;

    (void)state;
    o.redis = false;
    o.stored_revision = REVISION_NONE;
    assert_dirt(&o, 1000, DIRT_NONE);
    assert_dirt(&o, 999, DIRT_LACKING);
    assert_dirt(&o, 1001, DIRT_LOST);
}

static void a_garbage_revision_is_far_beyond_the_clock(void **state)
{
    struct observation o = clean;

    (void)state;
    o.clock = INT64_C(1772215200000);
    o.clock_at = monotonic_ms();
    assert_in_range(observation_revision_limit(&o), o.clock + 24 * HOUR, o.clock + 25 * HOUR);
}

/* Else, after a day without PostgreSQL, what other nodes draw would be garbage to this one. */
static void time_goes_on_while_postgresql_is_away(void **state)
{
    struct observation o = clean;

    (void)state;
    o.clock = INT64_C(1772215200000);
    o.clock_at = monotonic_ms() - 48 * HOUR;
    assert_in_range(observation_revision_limit(&o), o.clock + 72 * HOUR, o.clock + 73 * HOUR);
}

static void what_redis_had_is_forgotten_with_it(void **state)
{
    struct observation o = clean;

    (void)state;
    observation_without_redis(&o);
    assert_false(o.redis);
    assert_int_equal(o.stored_revision, REVISION_NONE);
    assert_int_equal(o.shown_revision, REVISION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(a_committed_change),
        cmocka_unit_test(redis_lost_or_never_got_it),
        cmocka_unit_test(the_publics_line_is_not_there),
        cmocka_unit_test(this_node_is_ahead_of_redis),
        cmocka_unit_test(a_boundary_passed_after_the_read),
        cmocka_unit_test(the_boards_are_an_hour_old),
        cmocka_unit_test(the_clock_was_set_back_since_they_were_read),
        cmocka_unit_test(a_source_was_rewritten),
        cmocka_unit_test(what_was_missed_is_on_boards_that_were_read_since),
        cmocka_unit_test(boards_in_redis_that_do_not_hold_are_lost),
        cmocka_unit_test(they_are_lost_also_when_there_was_a_change),
        cmocka_unit_test(alone_a_node_must_have_what_postgresql_has_drawn),
        cmocka_unit_test(a_garbage_revision_is_far_beyond_the_clock),
        cmocka_unit_test(time_goes_on_while_postgresql_is_away),
        cmocka_unit_test(what_redis_had_is_forgotten_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
