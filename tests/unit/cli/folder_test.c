/* cli/folder: all of it or nothing, also when one loses patience. */
#include "cli/folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char root[64];
static struct folder folder;
static struct err err;
static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/sb.XXXXXX");
    signal(SIGINT, on_signal);
    signals = 0;
    return mkdtemp(root) ? 0 : -1;
}

/* It is empty. */
static int teardown(void **state)
{
    (void)state;
    return rmdir(root);
}

static const char *at(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void test_a_finished_one_is_there(void **state)
{
    (void)state;
    assert_int_equal(folder_begin(&folder, at("new/"), &err), 0);
    assert_int_equal(folder_write(&folder, "a/b", "text", 4, &err), 0);
    assert_int_equal(access(at("new"), F_OK), -1);
    assert_int_equal(folder_finish(&folder, &err), 0);
    folder_abandon(&folder);
    assert_int_equal(unlink(at("new/a/b")), 0);
    assert_int_equal(rmdir(at("new/a")), 0);
    assert_int_equal(rmdir(at("new")), 0);
}

static void test_a_signal_ends_it_and_leaves_nothing(void **state)
{
    (void)state;
    assert_int_equal(folder_begin(&folder, at("new"), &err), 0);
    assert_int_equal(folder_write(&folder, "a/b", "text", 4, &err), 0);
    raise(SIGINT);
    assert_int_equal(signals, 0);
    assert_int_equal(folder_write(&folder, "c", "text", 4, &err), -1);
    assert_string_equal(err.text, "interrupted");
    folder_abandon(&folder);
    assert_int_equal(signals, 1);
}

static void test_a_signal_before_and_after_it_comes_at_once(void **state)
{
    (void)state;
    folder = (struct folder){0};
    folder_abandon(&folder);
    raise(SIGINT);
    assert_int_equal(signals, 1);
    assert_int_equal(folder_begin(&folder, at("no/such/place"), &err), -1);
    raise(SIGINT);
    assert_int_equal(signals, 2);
}

static void test_it_has_a_name(void **state)
{
    static const char *const names[] = {"", "/", ".", "..", "./", "a/..", "../."};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(folder_begin(&folder, names[i], &err), -1);
        assert_non_null(strstr(err.text, "give the directory by its name"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_finished_one_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_signal_ends_it_and_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_signal_before_and_after_it_comes_at_once, setup,
                                        teardown),
        cmocka_unit_test(test_it_has_a_name),
    };

    return cmocka_run_group_tests_name("folder", tests, NULL, NULL);
}
