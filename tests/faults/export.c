/*
 * scoreboardctl export, with each call of the system failing in turn.
 *
 *   export CONFIG WEB-DIR DIRECTORY [STEP [CALL...]]
 *
 * DIRECTORY, which is empty, is where the archive is made, again and again.
 */
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/faults/command.h"
#include "tests/faults/faults.h"

static const char *config_path, *directory;
static char archive[PATH_MAX];
static char command[] = "", web_dir[] = "--web-dir";
static char *exporting[] = {command, web_dir, NULL /* the page */, archive, NULL};

static void export(void)
{
    (void)command_call(&export_command, config_path, 4, exporting);
}

/* --- What is there ------------------------------------------------------------------------------ */

struct amount {
    long files;
    long long bytes;
};

static struct amount counted;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)path;
    (void)place;
    if (type == FTW_F)
        counted = (struct amount){counted.files + 1, counted.bytes + st->st_size};
    return 0;
}

static struct amount amount_of(const char *path)
{
    counted = (struct amount){0};
    EXPECT(nftw(path, count_one, 8, FTW_PHYS) == 0, "%s: %s", path, strerror(errno));
    return counted;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    (void)type;
    return place->level == 0 ? 0 : remove(path);
}

static void clear(void)
{
    EXPECT(nftw(directory, remove_one, 8, FTW_PHYS | FTW_DEPTH) == 0, "%s: %s", directory,
           strerror(errno));
}

/* All or nothing, and no half of it beside it; and the second time, all. */
static void check(void)
{
    static struct amount all;
    struct amount first = amount_of(directory), second;

    clear();
    command_succeed(&export_command, config_path, 4, exporting);
    second = amount_of(directory);
    if (all.files == 0)
        all = second;
    EXPECT(second.files == all.files && second.bytes == all.bytes, "%ld files, not %ld",
           second.files, all.files);
    EXPECT(first.files == 0 || (first.files == all.files && first.bytes == all.bytes),
           "%ld files of %lld bytes, not %ld of %lld", first.files, first.bytes, all.files,
           all.bytes);
}

int main(int argc, char **argv)
{
    static const struct work work = {"export", clear, export, check};

    if (argc < 4) {
        fputs("usage: export CONFIG WEB-DIR DIRECTORY [STEP [CALL...]]\n", stderr);
        return 2;
    }
    config_path = argv[1];
    exporting[2] = argv[2];
    directory = argv[3];
    snprintf(archive, sizeof archive, "%s/archive", directory);
    faults_try(&work, argc - 3, argv + 3);
    return 0;
}
