#include "lib/log.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* What write_lines() sends to standard error, in `out`, of `size` bytes. */
static void capture(void (*write_lines)(void), char *out, size_t size)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    ssize_t len;

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    write_lines();
    dup2(saved, STDERR_FILENO);
    close(saved);
    len = pread(fileno(file), out, size - 1, 0);
    assert_true(len >= 0);
    out[len] = '\0';
    fclose(file);
}

static void assert_matches(const char *text, const char *pattern)
{
    regex_t regex;

    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&regex, text, 0, NULL, 0) != 0)
        fail_msg("\"%s\" does not match %s", text, pattern);
    regfree(&regex);
}

static void write_each_level(void)
{
    log_open("program", LOG_LEVEL_WARN);
    log_error("the %s", "first");
    log_warn("the %s", "second");
    log_info("the %s", "third");
}

static void lines_up_to_the_level_are_written(void **state)
{
    char text[1024];

    (void)state;
    capture(write_each_level, text, sizeof text);
    assert_matches(text, "^[0-9-]{10}T[0-9:]{8}(\\.[0-9]+)?Z program\\[[0-9]+\\] error: the first\n"
                         "[^\n]* program\\[[0-9]+\\] warn: the second\n$");
}

static void write_controls(void)
{
    log_open("program", LOG_LEVEL_INFO);
    log_info("%s", "one\n2026-02-27T18:00:00Z forged\r\t\x1b[31m\x7f");
}

static void nobody_forges_a_line(void **state)
{
    char text[1024];

    (void)state;
    capture(write_controls, text, sizeof text);
    assert_matches(text, "info: one\\?2026-02-27T18:00:00Z forged\\?\\?\\?\\[31m\\?\n$");
}

static void write_a_long_line(void)
{
    char message[100000];

    memset(message, 'x', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    log_open("program", LOG_LEVEL_INFO);
    log_info("%s", message);
}

static void a_long_line_is_cut_and_ended(void **state)
{
    char text[8192];

    (void)state;
    capture(write_a_long_line, text, sizeof text);
    assert_true(strlen(text) > 1000 && strlen(text) <= 4096);
    assert_matches(text, "x\n$");
}

static void write_to_the_journal(void)
{
    char name[64];
    struct stat st;

    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    snprintf(name, sizeof name, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", name, 1);
    write_each_level();
    unsetenv("JOURNAL_STREAM");
}

static void the_journal_gets_priorities(void **state)
{
    char text[1024];

    (void)state;
    capture(write_to_the_journal, text, sizeof text);
    assert_string_equal(text, "<3>the first\n<4>the second\n");
}

static void write_to_an_inherited_journal(void)
{
    setenv("JOURNAL_STREAM", "1:2", 1);
    write_each_level();
    unsetenv("JOURNAL_STREAM");
}

static void somebody_elses_journal_is_not_ours(void **state)
{
    char text[1024];

    (void)state;
    capture(write_to_an_inherited_journal, text, sizeof text);
    assert_matches(text, "error: the first\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_up_to_the_level_are_written),
        cmocka_unit_test(nobody_forges_a_line),
        cmocka_unit_test(a_long_line_is_cut_and_ended),
        cmocka_unit_test(the_journal_gets_priorities),
        cmocka_unit_test(somebody_elses_journal_is_not_ours),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
