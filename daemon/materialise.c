#include "daemon/materialise.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/failpoint.h"
#include "daemon/retention.h"
#include "lib/crew.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

#define BOARDS "boards"

/* One daemon per directory and one write at a time: fixed names do. */
#define NEW_REVISION ".new"     /* in boards/ */
#define NEW_CURRENT  ".current" /* beside `current` */

/* Modes of what lighttpd's user has to read; the umask may take from them. */
#define FILE_MODE   0644
#define FOLDER_MODE 0755

struct materialiser {
    const struct config *config;
    int directory, lock; /* descriptors; -1: not open */
    /* The current one; NONE: none, or garbage that is served for want of better. */
    int64_t revision;
    int64_t bytes;   /* of its files */
    int64_t garbage; /* that one, to be removed; NONE: there is none */
    size_t leftovers;
    struct old_revision *old; /* newest first; room for keep_max and one more */
    size_t nold;
};

/* --- Old revisions ---------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    (void)type;
    (void)place;
    return remove(path);
}

/* Removes boards/<name> with all that is in it; follows no symlink. */
static void remove_tree(const struct materialiser *m, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/" BOARDS "/%s", m->config->directory, name);

    if (len < (int)sizeof path)
        (void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void remove_revision(const struct materialiser *m, int64_t revision)
{
    char name[REVISION_MAX];

    snprintf(name, sizeof name, "%" PRId64, revision);
    remove_tree(m, name);
}

static void remove_oldest(struct materialiser *m)
{
    remove_revision(m, m->old[--m->nold].revision);
}

void materialiser_prune(struct materialiser *m)
{
    size_t keep = retention_count(m->config, m->old, m->nold, monotonic_ms());

    while (m->nold > keep)
        remove_oldest(m);
}

/* A revision is not, or no longer, the current one. However rarely somebody prunes, there is a
 * bound. */
static void add_old(struct materialiser *m, int64_t revision, int64_t bytes)
{
    size_t at = 0;

    while (at < m->nold && m->old[at].revision > revision)
        at++;
    memmove(&m->old[at + 1], &m->old[at], (m->nold - at) * sizeof *m->old);
    m->old[at] = (struct old_revision){revision, bytes, monotonic_ms()};
    if (++m->nold > (size_t)m->config->keep_max)
        remove_oldest(m);
}

/* --- Writing ---------------------------------------------------------------------------------- */

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* What is the staff's is for the responders alone, which run as this user: no web server can be made to
 * hand over what it cannot read. */
static mode_t withheld(const char *name)
{
    char dictionary[DICTIONARY_NAME_MAX];
    struct document_name document;

    return snapshot_file_parse(name, &document, dictionary) && document.audience == AUDIENCE_STAFF
               ? S_IRWXG | S_IRWXO
               : 0;
}

static int write_file(int folder, const char *name, const char *data, size_t len, struct err *err)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    FILE_MODE & ~withheld(name));

    if (fd < 0)
        return err_set(err, "%s: %s", name, strerror(errno));
    if (write_all(fd, data, len) < 0) {
        err_set(err, "%s: %s", name, strerror(errno));
        close(fd);
        return -1;
    }
    /* A quota or a network's file system may speak only now. */
    return close(fd) == 0 ? 0 : err_set(err, "%s: %s", name, strerror(errno));
}

static int make_folder(int parent, const char *name, struct err *err)
{
    return mkdirat(parent, name, FOLDER_MODE) == 0 ? 0
                                                   : err_set(err, "%s: %s", name, strerror(errno));
}

/* Opens a folder, which is made if it is missing. */
static int open_folder(int parent, const char *name, int *fd, struct err *err)
{
    if (mkdirat(parent, name, FOLDER_MODE) < 0 && errno != EEXIST)
        return err_set(err, "cannot make %s: %s", name, strerror(errno));
    *fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 ? 0 : err_set(err, "cannot open %s: %s", name, strerror(errno));
}

/* Makes the folders that lead to a file, where they are missing. */
static int make_folders(int folder, const char *name, struct err *err)
{
    char path[SNAPSHOT_FILE_MAX];

    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(path, sizeof path, "%.*s", (int)(slash - name), name);
        if (mkdirat(folder, path, FOLDER_MODE & ~withheld(name)) < 0 && errno != EEXIST)
            return err_set(err, "%s: %s", path, strerror(errno));
    }
    return 0;
}

struct files_write {
    int folder;
    const struct snapshot *snapshot;
};

/* Every CREW_MAX-th file, beginning with the given one. */
static int write_share(void *task, int first, struct err *err)
{
    const struct files_write *w = task;
    const struct snapshot *s = w->snapshot;

    for (size_t i = (size_t)first; i < s->nfiles; i += CREW_MAX) {
        const struct snapshot_file *file = &s->files[i];

        if (make_folders(w->folder, file->name, err) < 0 ||
            write_file(w->folder, file->name, s->bytes.data + file->at, file->size, err) < 0)
            return -1;
    }
    return 0;
}

/* Side by side: copying 100 MB to a file system in memory takes a core's while. */
static int write_files(int folder, const struct snapshot *s, struct err *err)
{
    return crew_run(write_share, &(struct files_write){folder, s}, CREW_MAX, err);
}

static int write_manifest(int folder, const struct snapshot *s, struct err *err)
{
    struct buffer text = {0};
    int status;

    snapshot_format_manifest(&text, s);
    status = buffer_failed(&text) ? err_set(err, "no memory for the manifest")
                                  : write_file(folder, "manifest.json", text.data, text.len, err);
    buffer_release(&text);
    return status;
}

/* Fills <boards>/.new: the files first, the manifest last. */
static int write_new(int boards, const struct snapshot *s, struct err *err)
{
    int folder, status = -1;

    if (failpoint("write", err) || make_folder(boards, NEW_REVISION, err) < 0 ||
        open_folder(boards, NEW_REVISION, &folder, err) < 0)
        return -1;
    if (write_files(folder, s, err) == 0 && write_manifest(folder, s, err) == 0)
        status = failpoint("written", err) ? -1 : 0;
    close(folder);
    return status;
}

static int rename_new(int boards, int64_t revision, struct err *err)
{
    char name[REVISION_MAX];

    snprintf(name, sizeof name, "%" PRId64, revision);
    if (renameat(boards, NEW_REVISION, boards, name) < 0)
        return err_set(err, BOARDS "/%s: %s", name, strerror(errno));
    return failpoint("renamed", err) ? -1 : 0;
}

static int swap_current(struct materialiser *m, int64_t revision, struct err *err)
{
    char target[sizeof BOARDS "/" + REVISION_MAX];

    snprintf(target, sizeof target, BOARDS "/%" PRId64, revision);
    (void)unlinkat(m->directory, NEW_CURRENT, 0);
    if (symlinkat(target, m->directory, NEW_CURRENT) < 0 ||
        renameat(m->directory, NEW_CURRENT, m->directory, "current") < 0)
        return err_set(err, "current: %s", strerror(errno));
    return 0;
}

/* Leaves all of the revision on the disk, or nothing of it. */
static int write_revision(struct materialiser *m, const struct snapshot *s, struct err *err)
{
    int boards, status = -1;

    if (open_folder(m->directory, BOARDS, &boards, err) < 0)
        return -1;
    remove_tree(m, NEW_REVISION); /* of a write whose cleaning up failed too */
    if (write_new(boards, s, err) == 0 && rename_new(boards, s->head.revision, err) == 0)
        status = swap_current(m, s->head.revision, err);
    if (status < 0) {
        remove_tree(m, NEW_REVISION);
        remove_revision(m, s->head.revision);
    }
    close(boards);
    return status;
}

int materialiser_write(struct materialiser *m, const struct snapshot *s, struct err *err)
{
    if (s->head.revision <= m->revision)
        return 0;
    if (write_revision(m, s, err) < 0)
        return err_prefix(err, "cannot write revision %" PRId64 " into %s", s->head.revision,
                          m->config->directory);
    if (m->revision != REVISION_NONE)
        add_old(m, m->revision, m->bytes);
    if (m->garbage != REVISION_NONE)
        remove_revision(m, m->garbage);
    m->garbage = REVISION_NONE;
    m->revision = s->head.revision;
    m->bytes = (int64_t)s->bytes.len;
    (void)failpoint("current", err);
    return 0;
}

int64_t materialiser_revision(const struct materialiser *m)
{
    return m->revision;
}

void materialiser_forget_above(struct materialiser *m, int64_t limit)
{
    if (m->revision <= limit)
        return;
    m->garbage = m->revision;
    m->revision = REVISION_NONE;
}

/* --- Opening ---------------------------------------------------------------------------------- */

static int take_directory(struct materialiser *m, struct err *err)
{
    const char *directory = m->config->directory;

    m->lock = openat(m->directory, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (m->lock < 0)
        return err_set(err, "cannot open %s/lock: %s", directory, strerror(errno));
    if (flock(m->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return err_set(err, "cannot lock %s/lock: %s", directory, strerror(errno));
    return err_set(err,
                   "another scoreboardd serves %s (it holds the file lock in it): stop that one, "
                   "or give this one a `directory` of its own",
                   directory);
}

/* As far as this host's clock can tell. */
static bool is_garbage(int64_t revision)
{
    return revision > timestamp_now() / 1000 + REVISION_AHEAD_MAX;
}

/* Adds the revision to the old ones if it holds, else removes it. */
static void judge(struct materialiser *m, const char *name)
{
    struct snapshot_head head;
    struct err why;
    int64_t revision, bytes;

    if (strcmp(name, NEW_REVISION) == 0) {
        remove_tree(m, name);
        m->leftovers++;
    } else if (!revision_parse(name, strlen(name), &revision)) {
        return; /* nothing of ours */
    } else if (is_garbage(revision) ||
               snapshot_read_manifest(m->config->directory, revision, &head, &bytes, &why) < 0) {
        remove_tree(m, name);
        m->leftovers++;
    } else {
        add_old(m, revision, bytes);
    }
}

static int judge_all(struct materialiser *m, struct err *err)
{
    const struct dirent *entry;
    DIR *boards;
    int fd;

    if (open_folder(m->directory, BOARDS, &fd, err) < 0)
        return -1;
    boards = fdopendir(fd);
    if (!boards) {
        close(fd);
        return err_set(err, "cannot list " BOARDS ": %s", strerror(errno));
    }
    while ((entry = readdir(boards)))
        judge(m, entry->d_name);
    closedir(boards);
    return 0;
}

/* The newest of the old ones is the current one, also when its writer died before the swap. */
static int adopt_newest(struct materialiser *m, struct snapshot_head *head, struct err *err)
{
    int64_t newest;

    *head = (struct snapshot_head){.revision = REVISION_NONE};
    (void)unlinkat(m->directory, NEW_CURRENT, 0);
    if (m->nold == 0) {
        (void)unlinkat(m->directory, "current", 0); /* it would dangle */
        return 0;
    }
    newest = m->old[0].revision;
    m->nold--;
    memmove(&m->old[0], &m->old[1], m->nold * sizeof *m->old);
    if (snapshot_read_manifest(m->config->directory, newest, head, &m->bytes, err) < 0)
        return -1;
    if (snapshot_current(m->config->directory) != newest && swap_current(m, newest, err) < 0)
        return -1;
    m->revision = newest;
    return 0;
}

static int open_all(struct materialiser *m, struct snapshot_head *head, struct err *err)
{
    if (open_folder(AT_FDCWD, m->config->directory, &m->directory, err) < 0 ||
        take_directory(m, err) < 0)
        return -1;
    if (judge_all(m, err) < 0 || adopt_newest(m, head, err) < 0)
        return err_prefix(err, "%s", m->config->directory);
    materialiser_prune(m);
    return 0;
}

struct materialiser *materialiser_open(const struct config *config, struct snapshot_head *head,
                                       struct err *err)
{
    struct materialiser *m = malloc(sizeof *m);

    if (!m) {
        err_set(err, "no memory for the snapshot directory");
        return NULL;
    }
    *m = (struct materialiser){.config = config, .directory = -1, .lock = -1};
    m->old = calloc((size_t)config->keep_max + 1, sizeof *m->old);
    if (!m->old)
        err_set(err, "no memory for the old revisions");
    if (!m->old || open_all(m, head, err) < 0) {
        materialiser_close(m);
        return NULL;
    }
    return m;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

void materialiser_close(struct materialiser *m)
{
    if (!m)
        return;
    close_fd(m->directory);
    close_fd(m->lock); /* the last: it frees the directory for the next daemon */
    free(m->old);
    free(m);
}

size_t materialiser_leftovers(const struct materialiser *m)
{
    return m->leftovers;
}
