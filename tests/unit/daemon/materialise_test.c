/*
 * materialise: in a real directory, what is written, served, kept and removed. What dies or fails
 * half way: materialise_faults_test.c.
 */
#include "daemon/materialise.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/revision.h"
#include "tests/unit/daemon/snapshot_directory.h"

/* --- Writing ---------------------------------------------------------------------------------- */

static void a_new_directory_has_no_snapshot(void **state)
{
    (void)state;
    reopen();
    assert_int_equal(heads[AUDIENCE_PUBLIC].revision, REVISION_NONE);
    assert_int_equal(materialiser_revision(m, AUDIENCE_PUBLIC), REVISION_NONE);
    assert_int_equal(materialiser_leftovers(m), 0);
}

static void a_written_revision_is_served(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    assert_served(17);
    write_revision(18);
    assert_served(18);
    assert_string_equal(kept(), "17 18");
}

static void it_never_goes_back(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    write_revision(16);
    write_revision(17);
    assert_served(17);
    assert_string_equal(kept(), "17");
}

static void a_restart_serves_what_was_served(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    write_revision(18);
    reopen();
    assert_int_equal(heads[AUDIENCE_PUBLIC].revision, 18);
    assert_string_equal(heads[AUDIENCE_PUBLIC].event.reason, "startup");
    assert_served(18);
    assert_string_equal(kept(), "17 18");
    assert_int_equal(materialiser_leftovers(m), 0);
}

static void lighttpds_user_may_read_it(void **state)
{
    char path[PATH_MAX];
    struct stat st;

    (void)state;
    umask(022);
    reopen();
    write_revision(17);
    assert_true(
        snapshot_path(path, directory, AUDIENCE_PUBLIC, 17, "public/all/leaderboard.json.gz"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    snprintf(path, sizeof path, "%s/boards/17/public/all", directory);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
}

static int mode_of(const char *file)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", directory, file);
    if (stat(path, &st) < 0)
        fail_msg("%s: %s", path, strerror(errno));
    return st.st_mode & 0777;
}

static void nobody_elses_user_may_read_what_is_the_staffs(void **state)
{
    (void)state;
    umask(022);
    reopen();
    fill_line(AUDIENCE_PUBLIC, 17);
    fill_line(AUDIENCE_STAFF, 17);
    assert_int_equal(materialiser_write(m, snapshots, &err), 0);
    assert_int_equal(mode_of("staff"), 0700);
    assert_int_equal(mode_of("staff/boards/17/staff/all"), 0700);
    assert_int_equal(mode_of("staff/boards/17/staff/all/leaderboard.json.gz"), 0600);
    assert_int_equal(mode_of("boards/17/public/all/leaderboard.json.gz"), 0644);
    assert_int_equal(mode_of("boards/17/public"), 0755);
}

/* --- Two lines -------------------------------------------------------------------------------- */

static void write_staffs(int64_t revision)
{
    snapshot_clear(&snapshots[AUDIENCE_PUBLIC]);
    fill_line(AUDIENCE_STAFF, revision);
    if (materialiser_write(m, snapshots, &err) < 0)
        fail_msg("%s", err.text);
    materialiser_prune(m);
}

static void the_staffs_line_goes_on_by_itself(void **state)
{
    (void)state;
    reopen();
    write_revision(16);
    write_revision(17);
    for (int64_t revision = 18; revision < 30; revision++)
        write_staffs(revision);
    assert_served(17);
    assert_string_equal(kept(), "16 17");
    assert_int_equal(snapshot_current(directory, AUDIENCE_STAFF), 29);
    assert_int_equal(materialiser_newest(m), 29);
    reopen();
    assert_served(17);
    assert_int_equal(heads[AUDIENCE_STAFF].revision, 29);
    write_revision(30);
    assert_served(30);
    assert_int_equal(materialiser_newest(m), 30);
    assert_int_equal(materialiser_revision(m, AUDIENCE_STAFF), 29);
}

static void both_lines_go_on_or_neither(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    fill_line(AUDIENCE_PUBLIC, 18);
    fill_line(AUDIENCE_STAFF, 18);
    /* No folder can be made where a file is. */
    snapshot_add_file(&snapshots[AUDIENCE_STAFF], "staff/all/timeline.json.gz/x", "x", 1);
    assert_int_equal(materialiser_write(m, snapshots, &err), -1);
    assert_served(17);
    assert_string_equal(kept(), "17");
    assert_int_equal(materialiser_newest(m), 17);
    fill_line(AUDIENCE_STAFF, 18);
    assert_int_equal(materialiser_write(m, snapshots, &err), 0);
    assert_served(18);
    assert_int_equal(materialiser_revision(m, AUDIENCE_STAFF), 18);
}

static void a_line_that_cannot_become_current_holds_the_other_back(void **state)
{
    (void)state;
    reopen();
    run("mkdir -p current/in-the-way");
    fill_line(AUDIENCE_PUBLIC, 18);
    fill_line(AUDIENCE_STAFF, 18);
    assert_int_equal(materialiser_write(m, snapshots, &err), -1);
    assert_string_equal(kept(), "");
    run("rm -r current");
    reopen();
    assert_int_equal(materialiser_newest(m), REVISION_NONE);
    assert_int_equal(materialiser_write(m, snapshots, &err), 0);
    assert_served(18);
    assert_int_equal(materialiser_revision(m, AUDIENCE_STAFF), 18);
}

static void a_missing_directory_is_made(void **state)
{
    (void)state;
    run("rmdir ../$(basename $PWD)");
    reopen();
    write_revision(17);
    assert_served(17);
}

static void boards_that_were_removed_come_back(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    run("rm -r boards current");
    write_revision(18);
    assert_served(18);
}

static void a_second_daemon_is_told_which_directory_is_taken(void **state)
{
    (void)state;
    reopen();
    assert_null(materialiser_open(&config, heads, &err));
    assert_non_null(strstr(err.text, "another scoreboardd"));
    assert_non_null(strstr(err.text, directory));
}

/* --- Old revisions ---------------------------------------------------------------------------- */

static void the_oldest_go_first(void **state)
{
    (void)state;
    reopen();
    for (int64_t revision = 1; revision <= 7; revision++)
        write_revision(revision);
    assert_string_equal(kept(), "4 5 6 7");
    assert_served(7);
}

static void large_ones_go_once_they_have_aged(void **state)
{
    (void)state;
    config.keep_bytes = 1;
    config.keep_age = 3600000;
    reopen();
    write_revision(1);
    write_revision(2);
    write_revision(3);
    assert_string_equal(kept(), "1 2 3");
    config.keep_age = 0;
    materialiser_prune(m);
    assert_string_equal(kept(), "2 3");
}

static void a_restart_keeps_no_more_than_before(void **state)
{
    (void)state;
    config.keep_max = 9;
    reopen();
    for (int64_t revision = 1; revision <= 7; revision++)
        write_revision(revision);
    config.keep_max = 3;
    reopen();
    assert_string_equal(kept(), "5 6 7");
    assert_served(7);
}

/* --- Garbage ---------------------------------------------------------------------------------- */

static void garbage_is_served_until_the_next_one_which_may_be_lower(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    write_revision(901);
    materialiser_forget_above(m, 100);
    assert_int_equal(materialiser_newest(m), REVISION_NONE);
    assert_int_equal(snapshot_current(directory, AUDIENCE_PUBLIC), 901);
    write_revision(18);
    assert_served(18);
    assert_string_equal(kept(), "17 18");
}

/* A later start, by when the clock has come that far, would take it for the newest. */
static void garbage_that_is_not_current_goes_too(void **state)
{
    (void)state;
    reopen();
    write_revision(17);
    write_revision(901);
    write_revision(902);
    materialiser_forget_above(m, 100);
    write_revision(18);
    assert_string_equal(kept(), "17 18");
    reopen();
    assert_served(18);
}

/* A clock that was ahead had begun a freeze that is still to come. */
static void garbage_of_the_staffs_goes_where_only_the_publics_line_goes_on(void **state)
{
    (void)state;
    reopen();
    write_staffs(16);
    write_revision(17);
    write_staffs(901);
    write_staffs(902);
    materialiser_forget_above(m, 100);
    write_revision(18);
    assert_int_equal(snapshot_current(directory, AUDIENCE_STAFF), REVISION_NONE);
    reopen();
    assert_served(18);
    assert_int_equal(materialiser_newest(m), 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_DIRECTORY(a_new_directory_has_no_snapshot),
        IN_A_DIRECTORY(a_written_revision_is_served),
        IN_A_DIRECTORY(it_never_goes_back),
        IN_A_DIRECTORY(a_restart_serves_what_was_served),
        IN_A_DIRECTORY(lighttpds_user_may_read_it),
        IN_A_DIRECTORY(nobody_elses_user_may_read_what_is_the_staffs),
        IN_A_DIRECTORY(the_staffs_line_goes_on_by_itself),
        IN_A_DIRECTORY(both_lines_go_on_or_neither),
        IN_A_DIRECTORY(a_line_that_cannot_become_current_holds_the_other_back),
        IN_A_DIRECTORY(a_missing_directory_is_made),
        IN_A_DIRECTORY(boards_that_were_removed_come_back),
        IN_A_DIRECTORY(a_second_daemon_is_told_which_directory_is_taken),
        IN_A_DIRECTORY(the_oldest_go_first),
        IN_A_DIRECTORY(large_ones_go_once_they_have_aged),
        IN_A_DIRECTORY(a_restart_keeps_no_more_than_before),
        IN_A_DIRECTORY(garbage_is_served_until_the_next_one_which_may_be_lower),
        IN_A_DIRECTORY(garbage_that_is_not_current_goes_too),
        IN_A_DIRECTORY(garbage_of_the_staffs_goes_where_only_the_publics_line_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
