#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buffer.h"
#include "lib/file.h"

#define FOLDER_MODE   0755 /* any web server reads it */
#define FILE_MODE     0644
#define FILE_MAX_SIZE ((size_t)64 << 20) /* of what is copied */

/* --- Where it is to be ------------------------------------------------------------------------ */

static bool is_empty(DIR *directory)
{
    const struct dirent *entry;

    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return false;
    return true;
}

static int check_free(const char *path, struct err *err)
{
    DIR *directory = opendir(path);
    bool empty;

    if (!directory)
        return errno == ENOENT ? 0 : err_set(err, "%s: %s", path, strerror(errno));
    empty = is_empty(directory);
    closedir(directory);
    return empty ? 0 : err_set(err, "%s is not empty", path);
}

/* "." and ".." are whatever they are, and cannot be given to another directory. */
static bool is_own_name(const char *path, size_t len)
{
    const char *slash = memrchr(path, '/', len), *name = slash ? slash + 1 : path;
    size_t rest = len - (size_t)(name - path);

    return rest > 0 && strncmp(name, "..", rest) != 0;
}

static void hold_signals(struct folder *f)
{
    sigset_t held;

    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, &f->blocked);
}

/* What has waited takes its effect here. */
static void let_signals_come(const struct folder *f)
{
    sigprocmask(SIG_SETMASK, &f->blocked, NULL);
}

static bool is_interrupted(void)
{
    sigset_t pending;

    sigpending(&pending);
    return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
           sigismember(&pending, SIGHUP);
}

int folder_begin(struct folder *f, const char *path, struct err *err)
{
    size_t len = strlen(path);

    *f = (struct folder){0};
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (!is_own_name(path, len) || len + sizeof ".XXXXXX" > sizeof f->work)
        return err_set(err, "\"%s\": give the directory by its name", path);
    snprintf(f->path, sizeof f->path, "%.*s", (int)len, path);
    if (check_free(f->path, err) < 0)
        return -1;
    snprintf(f->work, sizeof f->work, "%.*s.XXXXXX", (int)len, path);
    hold_signals(f);
    if (!mkdtemp(f->work)) {
        f->work[0] = '\0';
        let_signals_come(f);
    } else if (chmod(f->work, FOLDER_MODE) == 0) {
        return 0;
    }
    return err_set(err, "cannot make a directory beside %s: %s", f->path, strerror(errno));
}

/* --- Its files -------------------------------------------------------------------------------- */

/* All folders that `path`, below the folder, is in. */
static int make_parents(const struct folder *f, char *path, struct err *err)
{
    for (char *at = path + strlen(f->work) + 1; (at = strchr(at, '/')); at++) {
        bool failed;

        *at = '\0';
        failed = mkdir(path, FOLDER_MODE) < 0 && errno != EEXIST;
        if (failed)
            err_set(err, "%s: %s", path, strerror(errno));
        *at = '/';
        if (failed)
            return -1;
    }
    return 0;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno != EINTR)
            return -1;
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int folder_write(struct folder *f, const char *name, const void *bytes, size_t len, struct err *err)
{
    char path[PATH_MAX];
    int fd, status;

    if (is_interrupted())
        return err_set(err, "interrupted");
    if ((size_t)snprintf(path, sizeof path, "%s/%s", f->work, name) >= sizeof path)
        return err_set(err, "%s/%s: %s", f->work, name, strerror(ENAMETOOLONG));
    if (make_parents(f, path, err) < 0)
        return -1;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    status = fd < 0 ? -1 : write_all(fd, bytes, len);
    if (fd >= 0 && fsync(fd) < 0)
        status = -1;
    if (status < 0)
        err_set(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return status;
}

static int copy_entry(struct folder *f, const FTSENT *entry, size_t root, struct buffer *bytes,
                      struct err *err)
{
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
        return err_set(err, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
    if (entry->fts_info != FTS_F)
        return 0;
    if (file_read(bytes, entry->fts_path, err) < 0)
        return err_prefix(err, "%s", entry->fts_path);
    return folder_write(f, entry->fts_path + root, bytes->data, bytes->len, err);
}

/* 1, or 0 at the end. */
static int next_entry(FTS *walk, const char *from, FTSENT **entry, struct err *err)
{
    errno = 0;
    *entry = fts_read(walk);
    if (*entry)
        return 1;
    return errno == 0 ? 0 : err_set(err, "%s: %s", from, strerror(errno));
}

int folder_copy(struct folder *f, const char *from, struct err *err)
{
    char root[PATH_MAX];
    struct buffer bytes = {.max = FILE_MAX_SIZE};
    FTS *walk = realpath(from, root) ? fts_open((char *[]){root, NULL}, FTS_LOGICAL, NULL) : NULL;
    FTSENT *entry;
    int status;

    if (!walk)
        return err_set(err, "%s: %s", from, strerror(errno));
    while ((status = next_entry(walk, from, &entry, err)) > 0) {
        if (entry->fts_level > 0 && entry->fts_name[0] == '.')
            fts_set(walk, entry, FTS_SKIP);
        else if (copy_entry(f, entry, strlen(root) + 1, &bytes, err) < 0)
            break;
    }
    fts_close(walk);
    buffer_release(&bytes);
    return status == 0 ? 0 : -1;
}

bool folder_has(const struct folder *f, const char *name)
{
    char path[PATH_MAX];

    return (size_t)snprintf(path, sizeof path, "%s/%s", f->work, name) < sizeof path &&
           access(path, F_OK) == 0;
}

/* --- All or nothing --------------------------------------------------------------------------- */

/* rename() puts a directory into the place of an empty one, and of no other. */
int folder_finish(struct folder *f, struct err *err)
{
    if (rename(f->work, f->path) < 0)
        return err_set(err, "%s: %s", f->path, strerror(errno));
    f->work[0] = '\0';
    let_signals_come(f);
    return 0;
}

void folder_abandon(struct folder *f)
{
    FTS *walk;
    FTSENT *entry;

    if (f->work[0] == '\0')
        return;
    walk = fts_open((char *[]){f->work, NULL}, FTS_PHYSICAL, NULL);
    while (walk && (entry = fts_read(walk))) {
        if (entry->fts_info == FTS_DP)
            rmdir(entry->fts_accpath);
        else if (entry->fts_info != FTS_D)
            unlink(entry->fts_accpath);
    }
    if (walk)
        fts_close(walk);
    f->work[0] = '\0';
    let_signals_come(f);
}
