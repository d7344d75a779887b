#include "lib/err.h"

#include <string.h>

#include "tests/unit/unit.h"

static void a_sentence_and_its_prefixes(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(err_set(&err, "no %s", "luck"), -1);
    assert_int_equal(err_prefix(&err, "line %d", 7), -1);
    assert_int_equal(err_prefix(&err, "file"), -1);
    assert_string_equal(err.text, "file: line 7: no luck");
}

static void a_long_sentence_is_cut_and_terminated(void **state)
{
    char prefix[1000];
    struct err err;

    (void)state;
    memset(prefix, 'p', sizeof prefix - 1);
    prefix[sizeof prefix - 1] = '\0';
    err_set(&err, "%s", prefix);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    err_prefix(&err, "%s", prefix);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_and_its_prefixes),
        cmocka_unit_test(a_long_sentence_is_cut_and_terminated),
    };

    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
