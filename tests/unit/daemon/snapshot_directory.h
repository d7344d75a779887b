/*
 * snapshot_directory: a directory of its own for each test, a materialiser on it, and what is to be
 * seen there afterwards.
 */
#ifndef TESTS_UNIT_DAEMON_SNAPSHOT_DIRECTORY_H
#define TESTS_UNIT_DAEMON_SNAPSHOT_DIRECTORY_H

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/materialise.h"
#include "tests/unit/unit.h"

static char directory[64];
static struct config config;
static struct snapshot snapshots[AUDIENCE_COUNT];
static struct snapshot_head heads[AUDIENCE_COUNT];
static struct materialiser *m;
static struct err err;

/* --- What a test is given --------------------------------------------------------------------- */

static inline int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/materialise.XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    config = (struct config){
        .directory = directory, .keep_age = 0, .keep_bytes = 1 << 20, .keep_min = 2, .keep_max = 4};
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        snapshot_init(&snapshots[a], 0);
    m = NULL;
    return 0;
}

static inline int remove_directory(void **state)
{
    char command[128];

    (void)state;
    materialiser_close(m);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        snapshot_release(&snapshots[a]);
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

static inline void fill_line(enum audience audience, int64_t revision)
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

static inline void fill(int64_t revision)
{
    snapshot_clear(&snapshots[AUDIENCE_STAFF]);
    fill_line(AUDIENCE_PUBLIC, revision);
}

static inline void reopen(void)
{
    materialiser_close(m);
    m = materialiser_open(&config, heads, &err);
    if (!m)
        fail_msg("%s", err.text);
}

static inline void write_revision(int64_t revision)
{
    fill(revision);
    if (materialiser_write(m, snapshots, &err) < 0)
        fail_msg("%s", err.text);
    materialiser_prune(m);
}

/* By the shell, in the directory. */
static inline void run(const char *command)
{
    char all[256];

    snprintf(all, sizeof all, "cd %s && %s", directory, command);
    assert_int_equal(system(all), 0);
}

/* --- What is to be seen ----------------------------------------------------------------------- */

static inline char *read_file(const char *path)
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

static inline void assert_served(int64_t revision)
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
static inline const char *kept(void)
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

#endif
