/* What needs no PostgreSQL: failures to connect, and the deadline. */
#include "lib/database.h"

#include "lib/timestamp.h"
#include "tests/unit/listener.h"
#include "tests/unit/scratch.h"

static void assert_refused(const char *conninfo, int64_t deadline_ms, const char *why)
{
    const struct database_options options = {.conninfo = conninfo,
                                             .password_file = "",
                                             .program = "database_test",
                                             .schema = "scoreboard",
                                             .connect_deadline = deadline_ms};
    struct err err;

    assert_null(database_open(&options, &err));
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    assert_null(strchr(err.text, '\n'));
    assert_null(strchr(err.text, '\t'));
}

static void nobody_listens(void **state)
{
    char conninfo[PATH_MAX + 20];

    (void)state;
    snprintf(conninfo, sizeof conninfo, "host=%s", scratch_dir);
    assert_refused(conninfo, 10000, "No such file or directory");
    assert_refused("host=127.0.0.1 port=1", 10000, "Connection refused");
}

static void every_host_is_tried(void **state)
{
    (void)state;
    assert_refused("host=127.0.0.1,127.0.0.1 port=1,2", 10000, "port 2 failed");
}

static void a_conninfo_may_be_a_uri_a_service_or_nonsense(void **state)
{
    (void)state;
    assert_refused("postgresql://127.0.0.1:1/scoreboard", 10000, "Connection refused");
    assert_refused("service=nowhere", 10000, "nowhere");
    assert_refused("bogus=1", 10000, "invalid connection option \"bogus\"");
}

static void a_silent_postgres_costs_the_deadline(void **state)
{
    int fd = listen_silently(scratch_path(".s.PGSQL.5432"));
    char conninfo[PATH_MAX + 20];
    int64_t start = monotonic_ms();

    (void)state;
    snprintf(conninfo, sizeof conninfo, "host=%s port=5432 sslmode=disable", scratch_dir);
    assert_refused(conninfo, 100, "no answer within the deadline");
    assert_in_range(monotonic_ms() - start, 90, 10000);
    close(fd);
}

static void integers_are_read_out_of_a_result(void **state)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = (char[]){"n"}};

    (void)state;
    assert_true(PQsetResultAttrs(result, 1, &column));
    assert_true(PQsetvalue(result, 0, 0, (char[]){"-9223372036854775808"}, 20));
    assert_true(PQsetvalue(result, 1, 0, NULL, -1));
    assert_int_equal(database_int(result, 0, 0), INT64_MIN);
    assert_int_equal(database_int(result, 1, 0), 0);
    PQclear(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(every_host_is_tried),
        cmocka_unit_test(a_conninfo_may_be_a_uri_a_service_or_nonsense),
        cmocka_unit_test(a_silent_postgres_costs_the_deadline),
        cmocka_unit_test(integers_are_read_out_of_a_result),
    };

    return cmocka_run_group_tests_name("database", tests, scratch_make, scratch_remove);
}
