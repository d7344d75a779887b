/* cli/chain: each fault, and only that, is what the chain names first. */
#include "cli/chain.h"

#include <stdio.h>
#include <string.h>

#include "lib/revision.h"
#include "tests/unit/unit.h"

#define REVISION INT64_C(1772215200431)
#define NOW      INT64_C(1772215201000)

static struct config config;
static struct names names;
static struct facts facts;
static struct check checks[CHAIN_LENGTH];

static const struct call_facts good_stream = {.answers = true, .status = 200, .ready = true};

/* A scoreboard in which all is well. */
static int setup(void **state)
{
    static char url[] = "http://127.0.0.1:8080", directory[] = "/var/lib/x", socket[] = "/run/x";

    (void)state;
    config = (struct config){.url = url,
                             .directory = directory,
                             .socket = socket,
                             .max_wait = 1000,
                             .poll_interval = 500,
                             .pace = 4,
                             .lock_ttl = 10000};
    names_init(&names, "");
    facts = (struct facts){.config = &config, .names = &names, .now = NOW};
    facts.daemon = (struct daemon_facts){.answers = true, .revision = REVISION, .shown = REVISION};
    facts.daemon.postgres.up = facts.daemon.redis.up = facts.daemon.bus.up = true;
    facts.daemon.rebuild.up = facts.daemon.snapshot.up = true;
    facts.postgres =
        (struct postgres_facts){.answers = true, .migrated = true, .revision = REVISION};
    facts.redis = (struct redis_facts){
        .answers = true, .revision = REVISION, .took = 100, .policy = "noeviction"};
    facts.boards = (struct call_facts){.answers = true, .status = 200, .revision = REVISION};
    facts.events_call = (struct call_facts){.answers = true, .status = 405};
    facts.stream = facts.public_stream = good_stream;
    return 0;
}

static const struct check *judge(void)
{
    chain_judge(&facts, checks);
    return chain_first_fault(checks);
}

static void expect(enum verdict verdict, const char *name, const char *finding)
{
    const struct check *fault = judge();

    assert_non_null(fault);
    assert_string_equal(fault->name, name);
    assert_string_equal(verdict_names[fault->verdict], verdict_names[verdict]);
    assert_non_null(strstr(fault->finding, finding));
    assert_string_not_equal(fault->advice, "");
}

static void expect_live(void)
{
    assert_null(judge());
}

static void test_a_sound_chain_is_live(void **state)
{
    (void)state;
    expect_live();
}

static void test_postgres_down_is_named_since_the_daemon_lost_it(void **state)
{
    (void)state;
    facts.postgres = (struct postgres_facts){.err = {"connection refused"}};
    facts.daemon.postgres = (struct watched){.since = NOW - 3000};
    expect(VERDICT_BROKEN, "PostgreSQL", "connection refused");
    assert_int_equal(chain_first_fault(checks)->since, NOW - 3000);
}

static void test_postgres_that_only_the_daemon_cannot_reach_is_named(void **state)
{
    (void)state;
    facts.daemon.postgres = (struct watched){.err = {"no such role"}};
    expect(VERDICT_BROKEN, "PostgreSQL", "no such role");
}

static void test_a_missing_schema_is_named_before_its_triggers(void **state)
{
    (void)state;
    facts.postgres.migrated = false;
    facts.daemon.postgres = (struct watched){.since = NOW - 400, .err = {"no table state"}};
    expect(VERDICT_BROKEN, "schema", "schema scoreboard is not there");
    assert_int_equal(chain_first_fault(checks)->since, NOW - 400);
}

static void test_a_missing_trigger_is_named(void **state)
{
    (void)state;
    strcpy(facts.postgres.triggers, "trigger scoreboard_insert on public.submissions");
    expect(VERDICT_BROKEN, "triggers", "public.submissions");
}

static void test_a_missing_index_makes_late_and_a_missing_view_breaks(void **state)
{
    (void)state;
    strcpy(facts.postgres.index, "index public.scoreboard_solves");
    expect(VERDICT_LATE, "schema", "scoreboard_solves");
    strcpy(facts.postgres.rest, "view scoreboard.solves");
    expect(VERDICT_BROKEN, "schema", "view scoreboard.solves");
}

static void test_what_is_missing_is_named_rather_than_that_the_daemon_cannot_read_it(void **state)
{
    (void)state;
    facts.daemon.postgres = (struct watched){.err = {"column u.hidden does not exist"}};
    strcpy(facts.postgres.rest, "column public.users.hidden");
    expect(VERDICT_BROKEN, "schema", "column public.users.hidden");
    assert_string_equal(chain_first_fault(checks)->advice, "scoreboardctl migrate");
}

static void test_row_level_security_is_the_superusers_business(void **state)
{
    (void)state;
    strcpy(facts.postgres.rest,
           "a way past the row level security of public.solves (ALTER ROLE x BYPASSRLS)");
    expect(VERDICT_BROKEN, "schema", "ALTER ROLE x BYPASSRLS");
    assert_non_null(strstr(chain_first_fault(checks)->advice, "superuser"));
}

static void test_a_dead_daemon_is_named(void **state)
{
    (void)state;
    facts.daemon = (struct daemon_facts){.err = {"no answer"}};
    expect(VERDICT_BROKEN, "daemon", "no answer");
}

static void test_a_refused_password_of_redis_is_named(void **state)
{
    (void)state;
    facts.redis = (struct redis_facts){.err = {"WRONGPASS"}};
    facts.daemon.redis = (struct watched){.since = NOW - 9000};
    expect(VERDICT_BROKEN, "Redis", "WRONGPASS");
    assert_int_equal(chain_first_fault(checks)->since, NOW - 9000);
}

static void test_an_evicting_policy_makes_late(void **state)
{
    (void)state;
    strcpy(facts.redis.policy, "allkeys-lru");
    expect(VERDICT_LATE, "Redis memory", "allkeys-lru");
    strcpy(facts.redis.policy, "volatile-ttl");
    expect_live();
    facts.redis.policy[0] = '\0'; /* a hosted one that does not tell */
    expect_live();
}

static void test_a_lost_subscription_makes_late(void **state)
{
    (void)state;
    facts.daemon.bus = (struct watched){.since = NOW - 1, .err = {"NOPERM"}};
    expect(VERDICT_LATE, "bus", "NOPERM");
}

static void test_a_lock_that_no_daemon_took_is_stuck(void **state)
{
    (void)state;
    strcpy(facts.redis.lock, "token");
    facts.redis.lock_ttl = config.lock_ttl;
    expect_live();
    facts.redis.lock_ttl = config.lock_ttl + 1;
    expect(VERDICT_BROKEN, "lock", "more than lock_ttl");
    facts.redis.lock_ttl = -1;
    expect(VERDICT_BROKEN, "lock", "never expires");
}

/* max_wait 1 s + poll 0.5 s + five times 0.1 s = 2 s. */
static void test_an_outbox_that_waits_is_late_then_broken(void **state)
{
    (void)state;
    facts.postgres.outbox = 3;
    facts.postgres.oldest = 2000;
    expect_live();
    facts.postgres.oldest = 2001;
    expect(VERDICT_LATE, "outbox", "3 transactions wait");
    assert_int_equal(chain_first_fault(checks)->since, NOW - 2001);
    facts.postgres.oldest = 20001;
    expect(VERDICT_BROKEN, "outbox", "3 transactions wait");
}

static void test_a_failing_rebuild_is_named(void **state)
{
    (void)state;
    facts.daemon.rebuild = (struct watched){.since = NOW - 500, .err = {"permission denied"}};
    expect(VERDICT_BROKEN, "rebuild", "permission denied");
}

static void test_boards_that_redis_lacks_make_late(void **state)
{
    (void)state;
    facts.redis.revision = REVISION_NONE;
    expect(VERDICT_LATE, "store", "Redis has no boards");
    facts.redis.revision = REVISION - 1;
    expect(VERDICT_LATE, "store", "1772215200430");
}

static void test_a_snapshot_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    facts.daemon.snapshot = (struct watched){.since = NOW - 500, .err = {"No space left"}};
    expect(VERDICT_BROKEN, "snapshot", "No space left");
}

static void test_a_node_without_boards_is_broken_and_one_behind_late(void **state)
{
    (void)state;
    facts.daemon.revision = REVISION - 1;
    expect(VERDICT_LATE, "snapshot", "1772215200430");
    facts.daemon.revision = REVISION_NONE;
    expect(VERDICT_BROKEN, "snapshot", "no boards yet");
}

static void test_a_full_stream_makes_late(void **state)
{
    (void)state;
    facts.stream.ready = false;
    expect(VERDICT_LATE, "stream", "full");
}

static void test_lighttpd_down_is_named(void **state)
{
    (void)state;
    facts.boards = facts.events_call = facts.public_stream =
        (struct call_facts){.err = {"connection refused"}};
    expect(VERDICT_BROKEN, "lighttpd", "connection refused");
}

static void test_dead_responders_are_named(void **state)
{
    (void)state;
    facts.events_call.status = 503;
    expect(VERDICT_BROKEN, "events call", "503");
    facts.boards.status = 503;
    expect(VERDICT_BROKEN, "boards", "503");
}

static void test_what_is_withheld_from_the_public_is_no_fault(void **state)
{
    (void)state;
    facts.daemon.shown = facts.boards.revision = REVISION - 1;
    expect_live();
    facts.boards = (struct call_facts){.answers = true, .status = 403};
    expect_live();
}

static void test_a_server_that_is_not_ours_is_named(void **state)
{
    (void)state;
    facts.boards.revision = REVISION_NONE;
    expect(VERDICT_BROKEN, "boards", "X-Scoreboard-Revision");
}

static void test_a_stream_that_lighttpd_does_not_pass_on_makes_late(void **state)
{
    (void)state;
    facts.public_stream.ready = false;
    expect(VERDICT_LATE, "public stream", "does not reach");
}

static void test_the_clock_that_differs_from_the_two_others_is_named(void **state)
{
    (void)state;
    facts.postgres.clock_offset = 3600000;
    expect(VERDICT_LATE, "clocks", "PostgreSQL's is wrong");
    facts.redis.clock_offset = 3600000;
    expect(VERDICT_LATE, "clocks", "this host's is wrong");
    facts.postgres.clock_offset = 0;
    expect(VERDICT_LATE, "clocks", "Redis' is wrong");
    facts.postgres.clock_offset = -3600000;
    expect(VERDICT_LATE, "clocks", "more than one is wrong");
}

static void test_without_url_the_public_side_is_unknown_and_no_fault(void **state)
{
    static char none[] = "";

    (void)state;
    config.url = none;
    facts.boards = facts.events_call = facts.public_stream = (struct call_facts){0};
    expect_live();
}

static void test_a_broken_link_is_named_before_a_late_one(void **state)
{
    (void)state;
    strcpy(facts.redis.policy, "allkeys-lru");
    facts.boards.status = 503;
    expect(VERDICT_BROKEN, "boards", "503");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_sound_chain_is_live, setup),
        cmocka_unit_test_setup(test_postgres_down_is_named_since_the_daemon_lost_it, setup),
        cmocka_unit_test_setup(test_postgres_that_only_the_daemon_cannot_reach_is_named, setup),
        cmocka_unit_test_setup(test_a_missing_schema_is_named_before_its_triggers, setup),
        cmocka_unit_test_setup(test_a_missing_trigger_is_named, setup),
        cmocka_unit_test_setup(
            test_what_is_missing_is_named_rather_than_that_the_daemon_cannot_read_it, setup),
        cmocka_unit_test_setup(test_row_level_security_is_the_superusers_business, setup),
        cmocka_unit_test_setup(test_a_missing_index_makes_late_and_a_missing_view_breaks, setup),
        cmocka_unit_test_setup(test_a_dead_daemon_is_named, setup),
        cmocka_unit_test_setup(test_a_refused_password_of_redis_is_named, setup),
        cmocka_unit_test_setup(test_an_evicting_policy_makes_late, setup),
        cmocka_unit_test_setup(test_a_lost_subscription_makes_late, setup),
        cmocka_unit_test_setup(test_a_lock_that_no_daemon_took_is_stuck, setup),
        cmocka_unit_test_setup(test_an_outbox_that_waits_is_late_then_broken, setup),
        cmocka_unit_test_setup(test_a_failing_rebuild_is_named, setup),
        cmocka_unit_test_setup(test_boards_that_redis_lacks_make_late, setup),
        cmocka_unit_test_setup(test_a_snapshot_that_cannot_be_written_is_named, setup),
        cmocka_unit_test_setup(test_a_node_without_boards_is_broken_and_one_behind_late, setup),
        cmocka_unit_test_setup(test_a_full_stream_makes_late, setup),
        cmocka_unit_test_setup(test_lighttpd_down_is_named, setup),
        cmocka_unit_test_setup(test_dead_responders_are_named, setup),
        cmocka_unit_test_setup(test_what_is_withheld_from_the_public_is_no_fault, setup),
        cmocka_unit_test_setup(test_a_server_that_is_not_ours_is_named, setup),
        cmocka_unit_test_setup(test_a_stream_that_lighttpd_does_not_pass_on_makes_late, setup),
        cmocka_unit_test_setup(test_the_clock_that_differs_from_the_two_others_is_named, setup),
        cmocka_unit_test_setup(test_without_url_the_public_side_is_unknown_and_no_fault, setup),
        cmocka_unit_test_setup(test_a_broken_link_is_named_before_a_late_one, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
