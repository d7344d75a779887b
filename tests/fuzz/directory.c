#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

static char directory[] = "/tmp/scoreboardd-fuzz.XXXXXX";
static bool made;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_all(void)
{
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_directory(void)
{
    if (!made) {
        CHECK(mkdtemp(directory));
        atexit(remove_all);
        made = true;
    }
    return directory;
}

static void make_folders(char *path)
{
    for (char *slash = path + strlen(fuzz_directory()) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

void fuzz_write(const char *name, const void *bytes, size_t len)
{
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof path, "%s/%s", fuzz_directory(), name);
    make_folders(path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}
