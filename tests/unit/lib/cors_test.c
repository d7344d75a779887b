#include "lib/cors.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#define EXPOSED "Access-Control-Expose-Headers: ETag, Retry-After, X-Scoreboard-Revision\r\n"

static void assert_headers(const char *origins, const char *origin, const char *expected)
{
    char headers[CORS_HEADERS_MAX];

    assert_string_equal(cors_headers(headers, origins, origin, origin ? strlen(origin) : 0),
                        expected);
}

static void an_origin_of_the_list_is_let_read(void **state)
{
    const char *two = " https://a.example,\thttp://b.example:8080 ";

    (void)state;
    assert_headers(two, "https://a.example",
                   "Access-Control-Allow-Origin: https://a.example\r\n" EXPOSED);
    assert_headers(two, "http://b.example:8080",
                   "Access-Control-Allow-Origin: http://b.example:8080\r\n" EXPOSED);
}

static void any_other_is_not(void **state)
{
    static const char *const others[] = {"https://a.exampl",
                                         "https://a.example.net",
                                         "http://a.example",
                                         "null",
                                         "",
                                         "*",
                                         ",",
                                         " ",
                                         "https://a.example,http://b.example:8080"};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_headers("https://a.example http://b.example:8080", others[i], "");
    assert_headers("https://a.example", NULL, "");
    assert_headers("", "https://a.example", "");
    assert_headers("", "", "");
}

static void a_star_lets_any_page_read(void **state)
{
    (void)state;
    assert_headers("*", "https://a.example", "Access-Control-Allow-Origin: *\r\n" EXPOSED);
    assert_headers("*", "null", "Access-Control-Allow-Origin: *\r\n" EXPOSED);
    assert_headers("*", NULL, "");
}

static void the_longest_origin_has_room(void **state)
{
    char origin[CORS_ORIGIN_MAX + 1], headers[CORS_HEADERS_MAX];
    struct err err;

    (void)state;
    memset(origin, 'a', sizeof origin - 1);
    origin[CORS_ORIGIN_MAX] = '\0';
    memcpy(origin, "https://", strlen("https://"));
    assert_int_equal(cors_check(origin, &err), 0);
    cors_headers(headers, origin, origin, strlen(origin));
    assert_non_null(strstr(headers, EXPOSED));
}

static void assert_refused(const char *origins, const char *text)
{
    struct err err;

    assert_int_equal(cors_check(origins, &err), -1);
    assert_string_equal(err.text, text);
}

static void a_list_is_of_origins_alone(void **state)
{
    static const char *const wrong[] = {
        "https://a.example/", "https://A.example", "a.example",  "https://", "null", "**",
        "https://*.example",  "//a.example",       "https://u@a"};
    char text[128];
    struct err err;

    (void)state;
    assert_int_equal(cors_check("", &err), 0);
    assert_int_equal(cors_check(" , ", &err), 0);
    assert_int_equal(cors_check("*", &err), 0);
    assert_int_equal(cors_check("https://a.example, http://[::1]:8080", &err), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(text, sizeof text,
                 "\"%s\" is no origin: write it like https://ctf.example.org, in lower case and "
                 "without a path",
                 wrong[i]);
        assert_refused(wrong[i], text);
    }
    assert_refused("https://a.example *", "* is any origin: it stands alone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_of_the_list_is_let_read),
        cmocka_unit_test(any_other_is_not),
        cmocka_unit_test(a_star_lets_any_page_read),
        cmocka_unit_test(the_longest_origin_has_room),
        cmocka_unit_test(a_list_is_of_origins_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
