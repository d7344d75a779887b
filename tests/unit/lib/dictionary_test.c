#include "lib/dictionary.h"

#include <string.h>

#include "tests/unit/unit.h"

/* The SHA-256 of no bytes at all (FIPS 180-4), in which base64 has a '/', a '+' or both. */
static const unsigned char digest[DICTIONARY_DIGEST] = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
#define OFFERED ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
#define NAME    "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"

static void what_is_offered_has_the_name_that_the_digest_has(void **state)
{
    char made[DICTIONARY_NAME_MAX], offered[DICTIONARY_NAME_MAX];

    (void)state;
    dictionary_name(made, digest);
    assert_string_equal(made, NAME);
    assert_true(dictionary_offered(offered, OFFERED));
    assert_string_equal(offered, NAME);
}

static void whatever_else_is_offered_is_no_dictionary(void **state)
{
    static const char *const hostile[] = {
        NULL,
        "",
        ":",
        "::",
        ":=:",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU:",
        ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF==:",
        ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFUU=:",
        ":47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=:",
        ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:;x",
        ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=: ",
        " :47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        ":../../../../../../../../../../../etc/passwd=:",
        ":..................................passwdpassw=:",
        ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS%2fF=:",
        ":\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff=:",
        OFFERED ", " OFFERED,
    };
    char name[DICTIONARY_NAME_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        assert_false(dictionary_offered(name, hostile[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_offered_has_the_name_that_the_digest_has),
        cmocka_unit_test(whatever_else_is_offered_is_no_dictionary),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
