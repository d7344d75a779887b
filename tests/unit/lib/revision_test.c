#include "lib/revision.h"

#include <string.h>

#include "tests/unit/unit.h"

static void a_revision_is_read(void **state)
{
    int64_t revision;

    (void)state;
    assert_true(revision_parse("1", 1, &revision));
    assert_int_equal(revision, 1);
    assert_true(revision_parse("1772215200431&x", 13, &revision)); /* `len` bytes, no more */
    assert_int_equal(revision, 1772215200431);
    assert_true(revision_parse("9007199254740991", 16, &revision));
    assert_int_equal(revision, REVISION_LAST);
}

static void anything_else_is_refused_and_touches_nothing(void **state)
{
    static const char *const others[] = {
        "",
        "0",
        "01",
        "-1",
        "+1",
        " 1",
        "1 ",
        "abc",
        "1e3",
        "0x1",
        "1.0",
        "\xd9\xa1",
        "9007199254740992",
        "9999999999999999",
        "10000000000000000",
        "99999999999999999999",
    };
    int64_t revision = 42;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(revision_parse(others[i], strlen(others[i]), &revision));
        assert_int_equal(revision, 42);
    }
    assert_false(revision_parse("1\0002", 3, &revision));
    assert_false(revision_parse("1", 0, &revision));
    assert_int_equal(revision, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revision_is_read),
        cmocka_unit_test(anything_else_is_refused_and_touches_nothing),
    };

    return cmocka_run_group_tests_name("revision", tests, NULL, NULL);
}
