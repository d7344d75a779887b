/* cli/script: names are filled in, and nothing but names. */
#include "cli/script.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct script_names names;
static struct err err;

static int setup(void **state)
{
    (void)state;
    return script_names_init(&names, "scoreboard_x", "My-Platform", &err);
}

/* What `text` becomes; terminated, and valid until the next call. NULL: refused. */
static const char *fill_in(const char *text)
{
    static char filled[256];
    struct buffer out = {0};
    int status;

    status = script_fill_in(&out, text, &names, &err);
    memcpy(filled, out.data ? out.data : "", out.len);
    filled[out.len] = '\0';
    buffer_release(&out);
    return status ? NULL : filled;
}

static void test_names_are_filled_in(void **state)
{
    (void)state;
    assert_string_equal(fill_in("{{schema}}.a, {{platform}}.b; {{part}}"),
                        "scoreboard_x.a, \"My-Platform\".b; NULL");
    assert_string_equal(fill_in("{{schema}}{{schema}}_owner"), "scoreboard_xscoreboard_x_owner");
    assert_string_equal(fill_in(""), "");
}

static void test_the_rest_stays(void **state)
{
    static const char text[] = "DO $$ SELECT '{1,2}'::int[], $1, 'a}}b', a { b, \"x\" $$;";

    (void)state;
    assert_string_equal(fill_in(text), text);
}

static void test_what_is_no_name_is_refused(void **state)
{
    (void)state;
    assert_null(fill_in("{{nothing}}"));
    assert_string_equal(err.text, "{{nothing is no name that can be filled in");
    assert_null(fill_in("{{}}"));
    assert_null(fill_in("{{schema}"));
    assert_null(fill_in("{{schema"));
    assert_null(fill_in("{{schema\n}}"));
    assert_null(fill_in("{{ schema }}"));
}

static void test_a_platform_schema_cannot_leave_its_quotes(void **state)
{
    static const char *const bad[] = {
        "",      "a\"b", "a'b",
        "a;b",   "a b",  "a\\b",
        "{{x}}", "$$",   "x234567890123456789012345678901234567890123456789012345678901234",
    };
    struct script_names unused;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(script_names_init(&unused, "s", bad[i], &err), -1);
}

static void a_text_that_there_was_no_memory_for_is_none(void **state)
{
    struct script script = {.name = "installation", .text.failed = true};

    (void)state;
    assert_int_equal(script_complete(&script, &names, &err), -1);
    assert_string_equal(err.text, "installation: out of memory");
    script_release(&script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_filled_in),
        cmocka_unit_test(test_the_rest_stays),
        cmocka_unit_test(test_what_is_no_name_is_refused),
        cmocka_unit_test(test_a_platform_schema_cannot_leave_its_quotes),
        cmocka_unit_test(a_text_that_there_was_no_memory_for_is_none),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
