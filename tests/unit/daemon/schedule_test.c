#include "daemon/schedule.h"

#include "lib/revision.h"
#include "tests/unit/unit.h"

/* A node that serves revision 1000, at time 0, of a cluster that is clean at revision 1000. */
static struct schedule s;
static int64_t wake;

static struct sight sight_of(int64_t state_revision, int64_t stored_revision, int64_t outbox)
{
    return (struct sight){.postgres = true,
                          .seen = {.state_revision = state_revision,
                                   .read_at = 5000,
                                   .outbox = outbox,
                                   .clock = 5000,
                                   .redis = true,
                                   .stored_revision = stored_revision,
                                   .shown_revision = stored_revision}};
}

static void look(int64_t state_revision, int64_t stored_revision, int64_t outbox, int64_t now)
{
    struct sight sight = sight_of(state_revision, stored_revision, outbox);

    schedule_sight(&s, &sight, now);
}

static int start(void **state)
{
    struct config config = {.debounce = 300,
                            .max_wait = 1000,
                            .pace = 4,
                            .rest_max = 10000,
                            .backoff_min = 500,
                            .backoff_max = 30000,
                            .periodic = 3600000};

    (void)state;
    schedule_init(&s, &config, 1000);
    look(1000, 1000, 0, 0);
    return 0;
}

static void rebuilt(enum rebuild_result result, int64_t revision, int64_t took, int64_t now)
{
    struct rebuild_report report = {.result = result, .stored_revision = revision, .took_ms = took};

    report.node_revision = result == REBUILD_STORED ? revision : s.node_revision;
    schedule_rebuilt(&s, &report, now, 0);
}

static void fetched(enum fetch_result result, int64_t revision, int64_t now)
{
    struct fetch_report report = {.result = result, .stored_revision = revision};

    report.node_revision = result == FETCH_DONE ? revision : s.node_revision;
    schedule_fetched(&s, &report, now, 0);
}

static void a_clean_node_sleeps(void **state)
{
    (void)state;
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_NONE);
    assert_true(wake == SCHEDULE_NEVER);
}

static void an_event_leads_to_a_rebuild_when_it_is_quiet(void **state)
{
    (void)state;
    schedule_event(&s, 100);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_NONE);
    assert_int_equal(wake, 400);
    assert_int_equal(schedule_next(&s, 400, &wake), WORK_REBUILD);
    assert_int_equal(schedule_next(&s, 400, &wake), WORK_NONE); /* one at a time */
}

static void dirt_that_is_seen_does_too(void **state)
{
    (void)state;
    look(1000, 1000, 1, 100);
    look(1000, 1000, 1, 350); /* the same dirt: not an event, so it does not re-arm */
    assert_int_equal(schedule_next(&s, 400, &wake), WORK_REBUILD);
}

static void found(int64_t age, int64_t now)
{
    struct sight sight = sight_of(1000, 1000, 1);

    sight.seen.outbox_age = age;
    schedule_sight(&s, &sight, now);
}

static void a_change_counts_from_when_it_was_made(void **state)
{
    (void)state;
    found(200, 500); /* at 300 */
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_NONE);
    assert_int_equal(wake, 600);
    assert_int_equal(schedule_next(&s, 600, &wake), WORK_REBUILD);
}

static void a_change_found_late_is_rebuilt_at_once(void **state)
{
    (void)state;
    found(86400000, 500);
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_REBUILD);
}

static void dirt_seen_during_the_rebuild_is_left_to_it(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    look(1000, 1000, 1, 310);
    rebuilt(REBUILD_STORED, 1001, 0, 320);
    look(1001, 1001, 0, 330);
    assert_int_equal(schedule_next(&s, 5000, &wake), WORK_NONE);
    assert_true(wake == SCHEDULE_NEVER);
}

static void an_event_during_the_rebuild_gives_another(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    schedule_event(&s, 310);
    rebuilt(REBUILD_STORED, 1001, 0, 320);
    assert_int_equal(schedule_next(&s, 320, &wake), WORK_NONE);
    assert_int_equal(wake, 620);
    assert_int_equal(schedule_next(&s, 620, &wake), WORK_REBUILD);
}

static void new_boards_stand_for_as_long_as_a_debounce_whoever_made_them(void **state)
{
    (void)state;
    schedule_event(&s, 710);
    look(1001, 1001, 1, 1000); /* another node has just rebuilt, without this event */
    assert_int_equal(schedule_next(&s, 1010, &wake), WORK_FETCH);
    fetched(FETCH_DONE, 1001, 1030);
    assert_int_equal(schedule_next(&s, 1030, &wake), WORK_NONE);
    assert_int_equal(wake, 1330);
    assert_int_equal(schedule_next(&s, 1330, &wake), WORK_REBUILD);
}

/* Boards that were read so many milliseconds before the look. */
static void look_at_boards_of_age(int64_t age, int64_t revision, int64_t now)
{
    struct sight sight = sight_of(revision, revision, 0);

    sight.seen.clock_at = now;
    sight.seen.read_at = sight.seen.clock - age;
    schedule_sight(&s, &sight, now);
}

static void what_nobody_listened_to_asks_for_one_rebuild(void **state)
{
    (void)state;
    schedule_missed(&s, 50);
    look_at_boards_of_age(50, 1000, 100);
    assert_int_equal(schedule_next(&s, 400, &wake), WORK_REBUILD);
    rebuilt(REBUILD_STORED, 1001, 0, 410);
    look_at_boards_of_age(700, 1001, 1100);
    assert_int_equal(schedule_next(&s, 5000, &wake), WORK_NONE);
    assert_true(wake == SCHEDULE_NEVER);
}

static void a_rebuild_that_had_read_before_is_not_enough(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    schedule_missed(&s, 400);
    look_at_boards_of_age(500, 1000, 500);
    rebuilt(REBUILD_STORED, 1001, 0, 510);
    look_at_boards_of_age(700, 1001, 1000); /* read at 300 */
    assert_int_equal(schedule_next(&s, 1300, &wake), WORK_REBUILD);
}

static void a_look_that_is_older_says_nothing(void **state)
{
    (void)state;
    schedule_missed(&s, 150);
    look_at_boards_of_age(0, 1000, 100);
    look_at_boards_of_age(200, 1000, 200);
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_REBUILD);
}

static void boards_that_were_read_since_then_need_none(void **state)
{
    (void)state;
    schedule_missed(&s, 50);
    look_at_boards_of_age(49, 1000, 100);
    assert_int_equal(schedule_next(&s, 5000, &wake), WORK_NONE);
}

static void a_flood_of_hints_is_looked_at_now_and_then(void **state)
{
    (void)state;
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_FETCH);
    fetched(FETCH_NONE, 1000, 101);
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 101, &wake), WORK_NONE);
    assert_int_equal(wake, 151);
    assert_int_equal(schedule_next(&s, 151, &wake), WORK_FETCH);
}

static void the_database_rests_after_a_rebuild(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    rebuilt(REBUILD_STORED, 1001, 500, 800);
    schedule_event(&s, 810);
    assert_int_equal(schedule_next(&s, 1200, &wake), WORK_NONE);
    assert_int_equal(wake, 800 + 4 * 500);
}

static void also_when_another_node_rebuilt(void **state)
{
    struct sight sight = sight_of(1001, 1001, 1);

    (void)state;
    sight.seen.stored_took_ms = 500;
    schedule_sight(&s, &sight, 100);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_FETCH);
    fetched(FETCH_DONE, 1001, 110);
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_NONE);
    assert_int_equal(wake, 100 + 4 * 500);
}

/* A hint makes the fetch come before any look. */
static void also_when_it_was_fetched_unseen(void **state)
{
    struct fetch_report report = {.result = FETCH_DONE,
                                  .stored_revision = 1001,
                                  .node_revision = 1001,
                                  .heads = {{.revision = 1001, .took = 500}}};

    (void)state;
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_FETCH);
    schedule_fetched(&s, &report, 110, 0);
    schedule_event(&s, 120);
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_NONE);
    assert_int_equal(wake, 110 + 4 * 500);
}

/* A rebuild that was stopped for a day, or a number that somebody put into Redis. */
static void a_rest_is_bounded(void **state)
{
    struct fetch_report report = {.result = FETCH_DONE,
                                  .stored_revision = 1001,
                                  .node_revision = 1001,
                                  .heads = {{.revision = 1001}}};

    (void)state;
    report.heads[AUDIENCE_PUBLIC].took = INT64_MAX;
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_FETCH);
    schedule_fetched(&s, &report, 110, 0);
    schedule_event(&s, 120);
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_NONE);
    assert_int_equal(wake, 110 + 10000);
}

/* It was of a clock that was far ahead, and another node has mended that already. */
static void a_node_whose_revision_was_garbage_fetches_a_lower_one(void **state)
{
    struct rebuild_report report = {.result = REBUILD_CLEAN, .stored_revision = 900};

    (void)state;
    look(900, 900, 0, 100);
    assert_int_equal(schedule_next(&s, 400, &wake), WORK_REBUILD);
    schedule_rebuilt(&s, &report, 410, 0);
    assert_int_equal(schedule_next(&s, 410, &wake), WORK_FETCH);
    fetched(FETCH_DONE, 900, 420);
    look(900, 900, 0, 500);
    assert_int_equal(schedule_next(&s, 2000, &wake), WORK_NONE);
    assert_true(wake == SCHEDULE_NEVER);
}

static void a_busy_lock_is_left_to_the_next_look(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    rebuilt(REBUILD_BUSY, 1000, 0, 310);
    assert_int_equal(schedule_next(&s, 310, &wake), WORK_NONE);
    assert_true(wake == SCHEDULE_NEVER);
    look(1000, 1000, 1, 800); /* the holder died */
    assert_int_equal(schedule_next(&s, 1100, &wake), WORK_REBUILD);
}

static void failures_back_off_and_success_forgets_them(void **state)
{
    int64_t now = 0, expected = 500;

    (void)state;
    for (int i = 0; i < 10; i++) {
        schedule_event(&s, now);
        while (schedule_next(&s, now, &wake) == WORK_NONE)
            now = wake;
        rebuilt(REBUILD_FAILED, 0, 0, now);
        look(1000, 1000, 1, now);
        assert_int_equal(schedule_next(&s, now, &wake), WORK_NONE);
        assert_int_equal(wake - now, expected);
        expected = expected * 2 > 30000 ? 30000 : expected * 2;
    }
    now = wake;
    assert_int_equal(schedule_next(&s, now, &wake), WORK_REBUILD);
    rebuilt(REBUILD_STORED, 1001, 0, now);
    schedule_event(&s, now);
    assert_int_equal(schedule_next(&s, now, &wake), WORK_NONE);
    assert_int_equal(wake, now + 300);
}

static void unstored(int64_t revision, int64_t now)
{
    struct rebuild_report report = {.result = REBUILD_FAILED,
                                    .heads = {{.revision = revision}},
                                    .node_revision = revision,
                                    .stored_revision = 1000};

    schedule_rebuilt(&s, &report, now, 0);
    look(revision, 1000, 0, now);
}

static void a_redis_that_takes_no_boards_is_tried_again_less_and_less_often(void **state)
{
    int64_t now = 300, expected = 500;

    (void)state;
    look(1000, 1000, 1, 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(schedule_next(&s, now, &wake), WORK_REBUILD);
        unstored(1001, now);
        assert_true(s.dirty);
        assert_false(schedule_late(&s));
        assert_int_equal(schedule_next(&s, now, &wake), WORK_NONE);
        assert_int_equal(wake - now, expected);
        expected = expected * 2 > 30000 ? 30000 : expected * 2;
        now = wake;
    }
    assert_int_equal(schedule_next(&s, now, &wake), WORK_REBUILD);
    unstored(1001, now);
    look(1001, 1000, 1, now + 1000); /* a change */
    assert_true(schedule_late(&s));
    assert_int_equal(schedule_next(&s, now + 1000, &wake), WORK_NONE);
    assert_int_equal(wake, now + 1300);
    assert_int_equal(schedule_next(&s, now + 1300, &wake), WORK_REBUILD);
    unstored(1002, now + 1300);
    assert_int_equal(schedule_next(&s, now + 5000, &wake), WORK_NONE);
    look(1003, 1000, 0, now + 6000); /* another node's boards, which it does not get from Redis */
    assert_int_equal(schedule_next(&s, now + 6300, &wake), WORK_REBUILD);
}

/* Two nodes that fail for the same reason must not reset each other. */
static void a_busy_lock_does_not_forget_a_failure(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    rebuilt(REBUILD_FAILED, 0, 0, 300);
    schedule_event(&s, 300);
    assert_int_equal(schedule_next(&s, 800, &wake), WORK_REBUILD);
    rebuilt(REBUILD_BUSY, 1000, 0, 800);
    schedule_event(&s, 800);
    assert_int_equal(schedule_next(&s, 1100, &wake), WORK_REBUILD);
    rebuilt(REBUILD_FAILED, 0, 0, 1100);
    schedule_event(&s, 1100);
    assert_int_equal(schedule_next(&s, 1400, &wake), WORK_NONE);
    assert_int_equal(wake, 1100 + 2 * 500);
}

/* The disk was full, and is no more: this node's own rebuild shows it. */
static void files_of_a_rebuild_forget_failed_fetches(void **state)
{
    (void)state;
    look(1002, 1002, 0, 0);
    assert_int_equal(schedule_next(&s, 0, &wake), WORK_FETCH);
    fetched(FETCH_FAILED, 1002, 0);
    schedule_event(&s, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    rebuilt(REBUILD_STORED, 1003, 0, 310);
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 310, &wake), WORK_FETCH);
}

static void nothing_is_rebuilt_out_of_sight(void **state)
{
    struct sight blind = sight_of(1000, 1000, 0);

    (void)state;
    blind.postgres = false;
    schedule_event(&s, 0);
    schedule_sight(&s, &blind, 100);
    assert_int_equal(schedule_next(&s, 5000, &wake), WORK_NONE);
    assert_true(wake == SCHEDULE_NEVER);
    look(1000, 1000, 0, 6000); /* back, and the event is not forgotten */
    assert_int_equal(schedule_next(&s, 6000, &wake), WORK_REBUILD);
}

static void a_newer_snapshot_is_fetched_at_once(void **state)
{
    (void)state;
    look(1002, 1002, 0, 100);
    assert_true(schedule_behind(&s));
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_FETCH);
    fetched(FETCH_DONE, 1002, 110);
    assert_false(schedule_behind(&s));
    assert_int_equal(schedule_next(&s, 110, &wake), WORK_NONE);
}

static void also_while_postgresql_is_away(void **state)
{
    struct sight blind = sight_of(0, 1002, 0);

    (void)state;
    blind.postgres = false;
    schedule_sight(&s, &blind, 100);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_FETCH);
}

static void a_hint_fetches_without_a_look(void **state)
{
    (void)state;
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 50, &wake), WORK_FETCH);
    fetched(FETCH_NONE, 1000, 60);
    assert_int_equal(schedule_next(&s, 60, &wake), WORK_NONE);
}

static void a_flood_of_hints_does_not_starve_the_rebuild(void **state)
{
    (void)state;
    schedule_event(&s, 0);
    schedule_hint(&s);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_FETCH);
    schedule_hint(&s);
    fetched(FETCH_NONE, 1000, 310);
    assert_int_equal(schedule_next(&s, 310, &wake), WORK_REBUILD);
    schedule_hint(&s);
    rebuilt(REBUILD_STORED, 1001, 0, 320);
    assert_int_equal(schedule_next(&s, 320, &wake), WORK_FETCH);
}

static void a_full_disk_backs_off_but_does_not_rebuild(void **state)
{
    (void)state;
    look(1002, 1002, 0, 0);
    assert_int_equal(schedule_next(&s, 0, &wake), WORK_FETCH);
    fetched(FETCH_FAILED, 1002, 0);
    look(1002, 1002, 0, 100);
    assert_int_equal(schedule_next(&s, 100, &wake), WORK_NONE);
    assert_int_equal(wake, 500);
    assert_int_equal(schedule_next(&s, 500, &wake), WORK_FETCH);
}

/* There is nothing to fetch: it is read from PostgreSQL, again and again. */
static void a_full_disk_backs_off_alone_too(void **state)
{
    struct rebuild_report report = {.result = REBUILD_ALONE, .node_revision = 1000, .behind = true};
    struct sight alone = sight_of(1001, REVISION_NONE, 0);
    int64_t now = 300, expected = 500;

    (void)state;
    alone.seen.redis = false;
    schedule_sight(&s, &alone, 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(schedule_next(&s, now, &wake), WORK_REBUILD);
        schedule_rebuilt(&s, &report, now, 0);
        schedule_sight(&s, &alone, now);
        assert_int_equal(schedule_next(&s, now, &wake), WORK_NONE);
        assert_int_equal(wake - now, expected);
        expected = expected * 2 > 30000 ? 30000 : expected * 2;
        now = wake;
    }
}

static void a_corrupt_snapshot_asks_for_a_rebuild(void **state)
{
    (void)state;
    look(1002, 1002, 0, 0);
    assert_int_equal(schedule_next(&s, 0, &wake), WORK_FETCH);
    fetched(FETCH_CORRUPT, 1002, 0);
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    assert_int_equal(s.doubt.corrupt, 1002);
}

static void a_new_connection_asks_for_one_rebuild(void **state)
{
    struct sight sight = sight_of(1000, 1000, 0);

    (void)state;
    sight.connected = true;
    sight.seen.clock_at = 50;
    sight.seen.read_at = 4000;
    schedule_sight(&s, &sight, 50);
    assert_true(s.dirty);
    look_at_boards_of_age(40, 1001, 100); /* another node was faster: its boards answer for all */
    assert_int_equal(s.doubt.missed_at, MISSED_NOTHING);
    assert_false(s.dirty);
}

static void a_node_ahead_of_redis_is_dirty(void **state)
{
    (void)state;
    look(1000, 0, 0, 0); /* flushed */
    assert_int_equal(schedule_next(&s, 300, &wake), WORK_REBUILD);
    rebuilt(REBUILD_STORED, 1001, 0, 310);
    look(1001, 900, 0, 400); /* failed over to a replica that lacks it */
    assert_true(s.dirty);
    assert_int_equal(schedule_next(&s, 700, &wake), WORK_REBUILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_clean_node_sleeps, start),
        cmocka_unit_test_setup(an_event_leads_to_a_rebuild_when_it_is_quiet, start),
        cmocka_unit_test_setup(dirt_that_is_seen_does_too, start),
        cmocka_unit_test_setup(a_change_counts_from_when_it_was_made, start),
        cmocka_unit_test_setup(a_change_found_late_is_rebuilt_at_once, start),
        cmocka_unit_test_setup(dirt_seen_during_the_rebuild_is_left_to_it, start),
        cmocka_unit_test_setup(an_event_during_the_rebuild_gives_another, start),
        cmocka_unit_test_setup(new_boards_stand_for_as_long_as_a_debounce_whoever_made_them, start),
        cmocka_unit_test_setup(what_nobody_listened_to_asks_for_one_rebuild, start),
        cmocka_unit_test_setup(a_rebuild_that_had_read_before_is_not_enough, start),
        cmocka_unit_test_setup(a_look_that_is_older_says_nothing, start),
        cmocka_unit_test_setup(boards_that_were_read_since_then_need_none, start),
        cmocka_unit_test_setup(the_database_rests_after_a_rebuild, start),
        cmocka_unit_test_setup(also_when_another_node_rebuilt, start),
        cmocka_unit_test_setup(also_when_it_was_fetched_unseen, start),
        cmocka_unit_test_setup(a_rest_is_bounded, start),
        cmocka_unit_test_setup(a_node_whose_revision_was_garbage_fetches_a_lower_one, start),
        cmocka_unit_test_setup(a_busy_lock_is_left_to_the_next_look, start),
        cmocka_unit_test_setup(failures_back_off_and_success_forgets_them, start),
        cmocka_unit_test_setup(a_redis_that_takes_no_boards_is_tried_again_less_and_less_often,
                               start),
        cmocka_unit_test_setup(a_busy_lock_does_not_forget_a_failure, start),
        cmocka_unit_test_setup(files_of_a_rebuild_forget_failed_fetches, start),
        cmocka_unit_test_setup(nothing_is_rebuilt_out_of_sight, start),
        cmocka_unit_test_setup(a_newer_snapshot_is_fetched_at_once, start),
        cmocka_unit_test_setup(also_while_postgresql_is_away, start),
        cmocka_unit_test_setup(a_hint_fetches_without_a_look, start),
        cmocka_unit_test_setup(a_flood_of_hints_is_looked_at_now_and_then, start),
        cmocka_unit_test_setup(a_flood_of_hints_does_not_starve_the_rebuild, start),
        cmocka_unit_test_setup(a_full_disk_backs_off_but_does_not_rebuild, start),
        cmocka_unit_test_setup(a_full_disk_backs_off_alone_too, start),
        cmocka_unit_test_setup(a_corrupt_snapshot_asks_for_a_rebuild, start),
        cmocka_unit_test_setup(a_new_connection_asks_for_one_rebuild, start),
        cmocka_unit_test_setup(a_node_ahead_of_redis_is_dirty, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
