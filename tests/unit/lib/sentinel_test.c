/* The line that names Sentinels. What they are asked is tested with real ones (sentinel.bats). */
#include "lib/sentinel.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static void assert_next(const char **line, const char *host, int port)
{
    struct redis_address address;
    struct err err;

    if (sentinel_next(line, &address, &err) != 0)
        fail_msg("no %s", host);
    assert_string_equal(address.host, host);
    assert_int_equal(address.port, port);
}

static void addresses_come_one_after_the_other(void **state)
{
    const char *line = "  redis1:26380, 10.0.0.2\tfd00::3,[fd00::4] [fd00::5]:1, ";
    struct redis_address address;
    struct err err;

    (void)state;
    assert_int_equal(sentinel_check(line, &err), 0);
    assert_next(&line, "redis1", 26380);
    assert_next(&line, "10.0.0.2", 26379);
    assert_next(&line, "fd00::3", 26379);
    assert_next(&line, "fd00::4", 26379);
    assert_next(&line, "fd00::5", 1);
    assert_int_equal(sentinel_next(&line, &address, &err), 1);
    assert_int_equal(sentinel_check("", &err), 0);
}

static void what_is_no_address_is_named(void **state)
{
    static const char *const wrong[] = {":1",         "redis:",   "redis:0",  "redis:65536",
                                        "redis:x",    "redis:+1", "[fd00::1", "[fd00::1]x",
                                        "[fd00::1]:", "redis:1x", "[]"};
    char line[64];
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(line, sizeof line, "good %s", wrong[i]);
        assert_int_equal(sentinel_check(line, &err), -1);
        if (!strstr(err.text, wrong[i]))
            fail_msg("\"%s\" does not name %s", err.text, wrong[i]);
    }
}

static void a_name_that_is_too_long_is_none(void **state)
{
    char line[SENTINEL_HOST_MAX + 1];
    struct err err;

    (void)state;
    memset(line, 'a', sizeof line);
    line[SENTINEL_HOST_MAX] = '\0';
    assert_int_equal(sentinel_check(line, &err), -1);
    line[SENTINEL_HOST_MAX - 1] = '\0';
    assert_int_equal(sentinel_check(line, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_come_one_after_the_other),
        cmocka_unit_test(what_is_no_address_is_named),
        cmocka_unit_test(a_name_that_is_too_long_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
