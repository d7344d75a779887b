#include "lib/random.h"

#include <string.h>

#include "tests/unit/unit.h"

static void a_name_is_128_bits_in_hexadecimal(void **state)
{
    char name[RANDOM_NAME_MAX];

    (void)state;
    random_name(name);
    assert_int_equal(strlen(name), 32);
    assert_int_equal(strspn(name, "0123456789abcdef"), 32);
}

static void no_two_are_alike(void **state)
{
    char name[RANDOM_NAME_MAX], other[RANDOM_NAME_MAX];

    (void)state;
    random_name(name);
    random_name(other);
    assert_string_not_equal(name, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_128_bits_in_hexadecimal),
        cmocka_unit_test(no_two_are_alike),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
