#include "lib/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define FIRST  "first-token-0001"
#define SECOND "second-token-of-another-length-0002"

static const char text[] = "# the platform\n" FIRST "\n\n"
                           "  " SECOND "  # the importer\r\n"
                           "short\n"
                           "#" FIRST "x\n";

static void a_bearer_token_is_taken_out_of_its_header(void **state)
{
    (void)state;
    assert_string_equal(tokens_bearer("Bearer abc"), "abc");
    assert_string_equal(tokens_bearer("bEARER   abc"), "abc");
    assert_null(tokens_bearer(NULL));
    assert_null(tokens_bearer(""));
    assert_null(tokens_bearer("Bearer"));
    assert_null(tokens_bearer("Basic abc"));
    assert_null(tokens_bearer("Bearerabc"));
}

static void every_line_is_a_token(void **state)
{
    (void)state;
    assert_true(tokens_contain(text, FIRST));
    assert_true(tokens_contain(text, SECOND));
    assert_true(tokens_contain(FIRST, FIRST)); /* a last line without its end */
}

static void nothing_else_is(void **state)
{
    (void)state;
    assert_false(tokens_contain(text, ""));
    assert_false(tokens_contain(text, "first-token-000"));
    assert_false(tokens_contain(text, "first-token-0001x"));
    assert_false(tokens_contain(text, FIRST FIRST));
    assert_false(tokens_contain(text, "First-token-0001"));
    assert_false(tokens_contain(text, "short"));
    assert_false(tokens_contain(text, "#"));
    assert_false(tokens_contain(text, FIRST "\n"));
    assert_false(tokens_contain("", ""));
    assert_false(tokens_contain("# nothing\n\n", "# nothing"));
}

static void tokens_are_counted(void **state)
{
    struct token_census census = tokens_count(text);

    (void)state;
    assert_int_equal(census.good, 2);
    assert_int_equal(census.too_short, 1);
    assert_int_equal(tokens_count("").good, 0);
    assert_int_equal(tokens_count("\n \n# x").too_short, 0);
}

/* --- The file --------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int make_path(void **state)
{
    char *path = strdup("/tmp/sb.tokens.XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    close(fd);
    unlink(path);
    *state = path;
    return 0;
}

static int remove_path(void **state)
{
    unlink(*state);
    free(*state);
    return 0;
}

static void a_changed_file_is_read_anew(void **state)
{
    const char *path = *state;
    struct token_file file;
    struct err err;

    token_file_init(&file, path, "");
    write_file(path, FIRST "\n");
    assert_int_equal(token_file_refresh(&file, &err), 1);
    assert_int_equal(token_file_refresh(&file, &err), 0);
    assert_true(tokens_contain(file.text, FIRST));
    write_file(path, SECOND "\n");
    assert_int_equal(token_file_refresh(&file, &err), 1);
    assert_false(tokens_contain(file.text, FIRST));
    assert_true(tokens_contain(file.text, SECOND));
    token_file_release(&file);
}

static void a_missing_file_lets_nobody_in_and_is_said_once(void **state)
{
    const char *path = *state;
    struct token_file file;
    struct err err;

    token_file_init(&file, path, "");
    assert_int_equal(token_file_refresh(&file, &err), -1);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(token_file_refresh(&file, &err), 0);
    assert_null(file.text);
    write_file(path, FIRST "\n");
    assert_int_equal(token_file_refresh(&file, &err), 1);
    unlink(path);
    assert_int_equal(token_file_refresh(&file, &err), -1);
    assert_null(file.text);
    token_file_release(&file);
}

static void without_a_descriptor_it_is_looked_at_again(void **state)
{
    struct rlimit some, none = {0};
    struct token_file file;
    struct err err;

    write_file(*state, FIRST "\n");
    token_file_init(&file, *state, "");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &some), 0);
    none.rlim_max = some.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    assert_int_equal(token_file_refresh(&file, &err), -1);
    assert_int_equal(token_file_refresh(&file, &err), -1);
    setrlimit(RLIMIT_NOFILE, &some);
    assert_int_equal(token_file_refresh(&file, &err), 1);
    assert_true(tokens_contain(file.text, FIRST));
    token_file_release(&file);
}

static void an_endless_file_is_refused(void **state)
{
    struct token_file file;
    struct err err;

    (void)state;
    token_file_init(&file, "/dev/zero", "");
    assert_int_equal(token_file_refresh(&file, &err), -1);
    assert_null(file.text);
    token_file_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bearer_token_is_taken_out_of_its_header),
        cmocka_unit_test(every_line_is_a_token),
        cmocka_unit_test(nothing_else_is),
        cmocka_unit_test(tokens_are_counted),
        cmocka_unit_test_setup_teardown(a_changed_file_is_read_anew, make_path, remove_path),
        cmocka_unit_test_setup_teardown(a_missing_file_lets_nobody_in_and_is_said_once, make_path,
                                        remove_path),
        cmocka_unit_test_setup_teardown(without_a_descriptor_it_is_looked_at_again, make_path,
                                        remove_path),
        cmocka_unit_test(an_endless_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
