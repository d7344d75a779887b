/*
 * Materialising in a real directory. Built with fail points: a child process is killed at each step,
 * and the directory that it leaves is opened anew, as a restarted daemon would.
 */
#include "daemon/materialise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/revision.h"
#include "tests/unit/unit.h"

static char directory[64], armed[80];
static struct config config;
static struct snapshot snapshots[AUDIENCE_COUNT];
static struct snapshot_head heads[AUDIENCE_COUNT];
static struct materialiser *m;
static struct err err;

/* --- The world of a test ---------------------------------------------------------------------- */

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/materialise_test.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(armed, sizeof armed, "%s.failpoint", directory);
    setenv("SCOREBOARD_FAILPOINT", armed, 1);
    config = (struct config){
        .directory = directory, .keep_age = 0, .keep_bytes = 1 << 20, .keep_min = 2, .keep_max = 4};
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        snapshot_init(&snapshots[a], 0);
    m = NULL;
    return 0;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    materialiser_close(m);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        snapshot_release(&snapshots[a]);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static void fill_line(enum audience audience, int64_t revision)
{
    struct snapshot *s = &snapshots[audience];

    snapshot_clear(s);
    s->head.revision = revision;
    s->head.read_at = 1000;
    snprintf(s->head.event.reason, sizeof s->head.event.reason, "startup");
    for (enum board b = 0; b < BOARD_COUNT; b++) {
        char file[SNAPSHOT_FILE_MAX], text[64];

        snapshot_gzip_file(file, &(struct document_name){audience, DIVISION_ALL, b});
        snprintf(text, sizeof text, "gzipped %d of revision %lld", (int)b, (long long)revision);
        snapshot_add_file(s, file, text, strlen(text));
    }
}

static void fill(int64_t revision)
{
    snapshot_clear(&snapshots[AUDIENCE_STAFF]);
    fill_line(AUDIENCE_PUBLIC, revision);
}

static void reopen(void)
{
    materialiser_close(m);
    m = materialiser_open(&config, heads, &err);
    if (!m)
        fail_msg("%s", err.text);
}

static void write_revision(int64_t revision)
{
    fill(revision);
    if (materialiser_write(m, snapshots, &err) < 0)
        fail_msg("%s", err.text);
    materialiser_prune(m);
}

/* --- What is to be seen ----------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    static char text[256];
    FILE *file = fopen(path, "re");
    size_t len;

    if (!file)
        fail_msg("%s: %s", path, strerror(errno));
    len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

static void assert_served(int64_t revision)
{
    char path[PATH_MAX], expected[64];
    int64_t bytes;

    assert_int_equal(snapshot_current(directory, AUDIENCE_PUBLIC), revision);
    assert_int_equal(materialiser_revision(m, AUDIENCE_PUBLIC), revision);
    assert_int_equal(snapshot_read_manifest(directory, AUDIENCE_PUBLIC, revision,
                                            &heads[AUDIENCE_PUBLIC], &bytes, &err),
                     0);
    assert_true(
        snapshot_path(path, directory, AUDIENCE_PUBLIC, revision, "public/all/timeline.json.gz"));
    snprintf(expected, sizeof expected, "gzipped %d of revision %lld", BOARD_TIMELINE,
             (long long)revision);
    assert_string_equal(read_file(path), expected);
}

/* The entries of boards/, as "1 2 3" for any order on the disk. */
static const char *kept(void)
{
    static char names[256];
    char path[PATH_MAX];
    struct dirent **entries;
    int n;

    snprintf(path, sizeof path, "%s/boards", directory);
    n = scandir(path, &entries, NULL, alphasort);
    names[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0) {
            strcat(names, names[0] ? " " : "");
            strcat(names, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return names;
}

static bool exists(const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    return lstat(path, &st) == 0;
}

static void run(const char *command)
{
    char all[256];

    snprintf(all, sizeof all, "cd %s && %s", directory, command);
    assert_int_equal(system(all), 0);
}

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

/* --- Garbage ----------------------------------------------------------------------------------- */

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

/* --- Crashes ---------------------------------------------------------------------------------- */

static void arm(const char *what)
{
    FILE *file = fopen(armed, "we");

    assert_non_null(file);
    fputs(what, file);
    fclose(file);
}

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

#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

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
        IN_A_DIRECTORY(a_missing_directory_is_made),
        IN_A_DIRECTORY(boards_that_were_removed_come_back),
        IN_A_DIRECTORY(a_second_daemon_is_told_which_directory_is_taken),
        IN_A_DIRECTORY(the_oldest_go_first),
        IN_A_DIRECTORY(large_ones_go_once_they_have_aged),
        IN_A_DIRECTORY(a_restart_keeps_no_more_than_before),
        IN_A_DIRECTORY(garbage_is_served_until_the_next_one_which_may_be_lower),
        IN_A_DIRECTORY(garbage_that_is_not_current_goes_too),
        IN_A_DIRECTORY(garbage_of_the_staffs_goes_where_only_the_publics_line_goes_on),
        IN_A_DIRECTORY(killed_before_the_rename_the_old_one_stands),
        IN_A_DIRECTORY(killed_after_the_rename_the_new_one_counts),
        IN_A_DIRECTORY(leftovers_of_a_crash_go_at_the_next_start),
        IN_A_DIRECTORY(a_revision_with_a_cut_file_does_not_count),
        IN_A_DIRECTORY(a_current_that_leads_nowhere_is_no_snapshot),
        IN_A_DIRECTORY(what_is_not_ours_is_left_alone),
        IN_A_DIRECTORY(on_a_full_disk_the_old_one_stands),
        IN_A_DIRECTORY(a_failure_at_any_step_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
