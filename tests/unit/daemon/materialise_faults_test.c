/*
 * materialise: what crashes, full disks and failed removals leave. Built with fail points: a child
 * process is killed at each step, and the directory that it leaves is opened anew, as a restarted
 * daemon would.
 */
#include "daemon/materialise.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/revision.h"
#include "tests/unit/daemon/snapshot_directory.h"

static bool exists(const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return lstat(path, &st) == 0;
}

/* "write kill": a step, and the deed for whoever comes to it first (daemon/failpoint.h). */
static void arm(const char *what)
{
    char path[80];
    FILE *file;

    snprintf(path, sizeof path, "%s.failpoint", directory);
    setenv("SCOREBOARD_FAILPOINT", path, 1);
    file = fopen(path, "we");
    assert_non_null(file);
    fputs(what, file);
    fclose(file);
}

/* --- Crashes ---------------------------------------------------------------------------------- */

/* A daemon that serves 17 dies while it writes 18. */
static void die_at(const char *step)
{
    char deed[32];
    int status;
    pid_t child;

    snprintf(deed, sizeof deed, "%s kill", step);
    reopen();
    write_revision(17);
    materialiser_close(m);
    m = NULL;
    child = fork();
    if (child == 0) {
        m = materialiser_open(&config, heads, &err);
        fill(18);
        arm(deed);
        (void)!materialiser_write(m, snapshots, &err);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void killed_before_the_rename_the_old_one_stands(void **state)
{
    static const char *const steps[] = {"write", "written"};

    for (size_t i = 0; i < 2; i++) {
        die_at(steps[i]);
        reopen();
        assert_served(17);
        assert_string_equal(kept(), "17");
        assert_int_equal(materialiser_leftovers(m), i); /* of "write" there is nothing yet */
        write_revision(18);
        assert_served(18);
        remove_directory(state);
        make_directory(state);
    }
}

static void killed_after_the_rename_the_new_one_counts(void **state)
{
    static const char *const steps[] = {"renamed", "current"};

    for (size_t i = 0; i < 2; i++) {
        die_at(steps[i]);
        reopen();
        assert_served(18);
        assert_string_equal(kept(), "17 18");
        remove_directory(state);
        make_directory(state);
    }
}

static void leftovers_of_a_crash_go_at_the_next_start(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    run("mkdir -p boards/.new/public/all boards/18/public/all && echo x >boards/18/manifest.json &&"
        " echo x >boards/.new/public/all/timeline.json && ln -s boards/18 .current");
    reopen();
    assert_served(17);
    assert_string_equal(kept(), "17");
    assert_int_equal(materialiser_leftovers(m), 2);
    assert_false(exists(".current"));
}

/* As a host's crash may leave it, for nothing is synced. */
static void a_revision_with_a_cut_file_does_not_count(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    write_revision(18);
    run(": >boards/18/public/all/timeline.json.gz");
    reopen();
    assert_served(17);
    assert_string_equal(kept(), "17");
}

static void a_current_that_leads_nowhere_is_no_snapshot(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    run("rm -r boards/17");
    reopen();
    assert_int_equal(heads[AUDIENCE_PUBLIC].revision, REVISION_NONE);
    assert_false(exists("current"));
}

static void what_is_not_ours_is_left_alone(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    run("mkdir boards/lost+found boards/017 && touch boards/README");
    reopen();
    assert_string_equal(kept(), "017 17 README lost+found");
    assert_int_equal(materialiser_leftovers(m), 0);
}

/* --- A full disk ------------------------------------------------------------------------------ */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN); /* as the daemon does: then write(2) fails */
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void on_a_full_disk_the_old_one_stands(void **state)
{
    int status;

    (void)state;
    reopen();
    write_revision(17);
    fill(18);
    limit_files(5);
    status = materialiser_write(m, snapshots, &err);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, -1);
    assert_non_null(strstr(err.text, "revision 18"));
    assert_non_null(strstr(err.text, directory));
    assert_served(17);
    assert_string_equal(kept(), "17");
    write_revision(18);
    assert_served(18);
}

static void a_failure_at_any_step_leaves_nothing(void **state)
{
    static const char *const deeds[] = {"write fail", "written fail", "renamed fail"};

    (void)state;
    reopen();
    write_revision(17);
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
        arm(deeds[i]);
        fill(18);
        assert_int_equal(materialiser_write(m, snapshots, &err), -1);
        assert_served(17);
        assert_string_equal(kept(), "17");
    }
    write_revision(18);
    assert_served(18);
}

/* --- What cannot be removed ------------------------------------------------------------------- */

static bool refusing;

/* In the place of libc's. */
int remove(const char *path)
{
    if (refusing) {
        errno = EIO;
        return -1;
    }
    return unlink(path) == 0 ? 0 : rmdir(path);
}

static void what_could_not_be_removed_goes_once_it_can(void **state)
{
    (void)state;
    config.keep_bytes = 0;
    reopen();
    write_revision(17);
    refusing = true;
    for (int64_t revision = 18; revision < 24; revision++)
        write_revision(revision);
    refusing = false;
    assert_string_equal(kept(), "17 18 19 20 21 22 23");
    materialiser_prune(m);
    assert_string_equal(kept(), "22 23");
    assert_served(23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_DIRECTORY(killed_before_the_rename_the_old_one_stands),
        IN_A_DIRECTORY(killed_after_the_rename_the_new_one_counts),
        IN_A_DIRECTORY(leftovers_of_a_crash_go_at_the_next_start),
        IN_A_DIRECTORY(a_revision_with_a_cut_file_does_not_count),
        IN_A_DIRECTORY(a_current_that_leads_nowhere_is_no_snapshot),
        IN_A_DIRECTORY(what_is_not_ours_is_left_alone),
        IN_A_DIRECTORY(on_a_full_disk_the_old_one_stands),
        IN_A_DIRECTORY(a_failure_at_any_step_leaves_nothing),
        IN_A_DIRECTORY(what_could_not_be_removed_goes_once_it_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
