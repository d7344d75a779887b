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

/* One audience's revisions. */
struct line {
    const struct config *config;
    enum audience audience;
    int directory; /* a descriptor; -1: not open */
    /* The current one; NONE: none, or garbage that is served for want of better. */
    int64_t revision;
    int64_t bytes;            /* of its files */
    int64_t garbage;          /* that one, to be removed; NONE: there is none */
    struct old_revision *old; /* newest first; room for keep_max and one more */
    size_t nold;
    bool littered; /* something could not be removed, and is tried again */
};

struct materialiser {
    const struct config *config;
    int lock; /* a descriptor; -1: not open */
    size_t leftovers;
    struct line lines[AUDIENCE_COUNT];
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
static void remove_tree(struct line *l, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s%s/" BOARDS "/%s", l->config->directory,
                       line_folders[l->audience], name);

    if (len >= (int)sizeof path ||
        (nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0 && access(path, F_OK) == 0))
        l->littered = true;
}

static void remove_revision(struct line *l, int64_t revision)
{
    char name[REVISION_MAX + 4]; /* of any int64_t */

    snprintf(name, sizeof name, "%" PRId64, revision);
    remove_tree(l, name);
}

static void remove_oldest(struct line *l)
{
    remove_revision(l, l->old[--l->nold].revision);
}

static void forget_newest_old(struct line *l)
{
    l->nold--;
    memmove(&l->old[0], &l->old[1], l->nold * sizeof *l->old);
}

static bool is_known(const struct line *l, int64_t revision)
{
    for (size_t i = 0; i < l->nold; i++)
        if (l->old[i].revision == revision)
            return true;
    return revision == l->revision || revision == l->garbage;
}

/* Removes what could not be removed before. */
static void sweep(struct line *l)
{
    int fd = openat(l->directory, BOARDS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *boards = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int64_t revision;

    if (!boards) {
        if (fd >= 0)
            close(fd);
        return;
    }
    l->littered = false;
    while ((entry = readdir(boards)))
        if (revision_parse(entry->d_name, strlen(entry->d_name), &revision) &&
            !is_known(l, revision))
            remove_tree(l, entry->d_name);
    closedir(boards);
}

static void prune(struct line *l)
{
    size_t keep = retention_count(l->config, l->old, l->nold, monotonic_ms());

    while (l->nold > keep)
        remove_oldest(l);
    if (l->littered)
        sweep(l);
}

void materialiser_prune(struct materialiser *m)
{
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        prune(&m->lines[a]);
}

/* A revision is not, or no longer, the current one. However rarely somebody prunes, there is a
 * bound. */
static void add_old(struct line *l, int64_t revision, int64_t bytes)
{
    size_t at = 0;

    while (at < l->nold && l->old[at].revision > revision)
        at++;
    memmove(&l->old[at + 1], &l->old[at], (l->nold - at) * sizeof *l->old);
    l->old[at] = (struct old_revision){revision, bytes, monotonic_ms()};
    if (++l->nold > (size_t)l->config->keep_max)
        remove_oldest(l);
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
static int open_folder(int parent, const char *name, mode_t mode, int *fd, struct err *err)
{
    if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
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
        open_folder(boards, NEW_REVISION, FOLDER_MODE, &folder, err) < 0)
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

/* The link to the revision, beside `current`. */
static int link_new(const struct line *l, int64_t revision, struct err *err)
{
    char target[sizeof BOARDS "/" + REVISION_MAX];

    snprintf(target, sizeof target, BOARDS "/%" PRId64, revision);
    (void)unlinkat(l->directory, NEW_CURRENT, 0);
    return symlinkat(target, l->directory, NEW_CURRENT) == 0
               ? 0
               : err_set(err, NEW_CURRENT ": %s", strerror(errno));
}

static int swap_current(const struct line *l, struct err *err)
{
    return renameat(l->directory, NEW_CURRENT, l->directory, "current") == 0
               ? 0
               : err_set(err, "current: %s", strerror(errno));
}

/* All of the revision is on the disk; it only is not current yet. */
static int stage(struct line *l, const struct snapshot *s, struct err *err)
{
    int boards, status = -1;

    if (open_folder(l->directory, BOARDS, FOLDER_MODE, &boards, err) < 0)
        return -1;
    remove_tree(l, NEW_REVISION); /* of a write whose cleaning up failed too */
    if (write_new(boards, s, err) == 0 && rename_new(boards, s->head.revision, err) == 0)
        status = link_new(l, s->head.revision, err);
    close(boards);
    return status == 0 ? 0 : err_prefix(err, "revision %" PRId64, s->head.revision);
}

static void unstage(struct line *l, const struct snapshot *s)
{
    (void)unlinkat(l->directory, NEW_CURRENT, 0);
    remove_tree(l, NEW_REVISION);
    remove_revision(l, s->head.revision);
}

/* It is current. */
static void advance(struct line *l, const struct snapshot *s)
{
    if (l->revision != REVISION_NONE)
        add_old(l, l->revision, l->bytes);
    l->revision = s->head.revision;
    l->bytes = (int64_t)s->bytes.len;
}

/* Also where only the other line went on: readers follow whichever line has the greater revision. */
static void remove_garbage(struct line *l)
{
    if (l->garbage == REVISION_NONE)
        return;
    if (l->revision == REVISION_NONE)
        (void)unlinkat(l->directory, "current", 0);
    remove_revision(l, l->garbage);
    l->garbage = REVISION_NONE;
}

static bool is_newer(const struct line *l, const struct snapshot *s)
{
    return s->head.revision > l->revision;
}

static int swap_line(struct line *l, const struct snapshot *s, struct err *err)
{
    if (swap_current(l, err) < 0)
        return -1;
    advance(l, s);
    return 0;
}

/* Of what did not become current nothing is left: who begins anew would take it for current. */
static int write_lines(struct line *lines, const struct snapshot *snapshots, struct err *err)
{
    int status = 0;

    for (enum audience a = 0; a < AUDIENCE_COUNT && status == 0; a++)
        if (is_newer(&lines[a], &snapshots[a]))
            status = stage(&lines[a], &snapshots[a], err);
    for (enum audience a = 0; a < AUDIENCE_COUNT && status == 0; a++)
        if (is_newer(&lines[a], &snapshots[a]))
            status = swap_line(&lines[a], &snapshots[a], err);
    for (enum audience a = 0; a < AUDIENCE_COUNT && status < 0; a++)
        if (is_newer(&lines[a], &snapshots[a]))
            unstage(&lines[a], &snapshots[a]);
    for (enum audience a = 0; a < AUDIENCE_COUNT && status == 0; a++)
        remove_garbage(&lines[a]);
    return status;
}

int materialiser_write(struct materialiser *m, const struct snapshot snapshots[AUDIENCE_COUNT],
                       struct err *err)
{
    if (write_lines(m->lines, snapshots, err) < 0)
        return err_prefix(err, "cannot write into %s", m->config->directory);
    (void)failpoint("current", err);
    return 0;
}

int64_t materialiser_revision(const struct materialiser *m, enum audience audience)
{
    return m->lines[audience].revision;
}

int64_t materialiser_newest(const struct materialiser *m)
{
    int64_t newest = REVISION_NONE;

    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        if (m->lines[a].revision > newest)
            newest = m->lines[a].revision;
    return newest;
}

void materialiser_forget_above(struct materialiser *m, int64_t limit)
{
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        struct line *l = &m->lines[a];

        for (; l->nold > 0 && l->old[0].revision > limit; forget_newest_old(l))
            remove_revision(l, l->old[0].revision);
        if (l->revision <= limit)
            continue;
        l->garbage = l->revision;
        l->revision = REVISION_NONE;
    }
}

/* --- Opening ---------------------------------------------------------------------------------- */

static int take_directory(struct materialiser *m, struct err *err)
{
    const char *directory = m->config->directory;

    m->lock = openat(m->lines[AUDIENCE_PUBLIC].directory, "lock",
                     O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
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

/* Adds the revision to the old ones if it holds, else removes it, which is true. */
static bool is_leftover(struct line *l, const char *name)
{
    struct snapshot_head head;
    struct err why;
    int64_t revision, bytes;

    if (strcmp(name, NEW_REVISION) == 0) {
        remove_tree(l, name);
        return true;
    }
    if (!revision_parse(name, strlen(name), &revision))
        return false; /* nothing of ours */
    if (is_garbage(revision) || snapshot_read_manifest(l->config->directory, l->audience, revision,
                                                       &head, &bytes, &why) < 0) {
        remove_tree(l, name);
        return true;
    }
    add_old(l, revision, bytes);
    return false;
}

static int judge_all(struct line *l, size_t *leftovers, struct err *err)
{
    const struct dirent *entry;
    DIR *boards;
    int fd = -1;

    if (open_folder(l->directory, BOARDS, FOLDER_MODE, &fd, err) < 0)
        return -1;
    boards = fdopendir(fd);
    if (!boards) {
        close(fd);
        return err_set(err, "cannot list " BOARDS ": %s", strerror(errno));
    }
    while ((entry = readdir(boards)))
        *leftovers += is_leftover(l, entry->d_name);
    closedir(boards);
    return 0;
}

/* The newest of the old ones is the current one, also when its writer died before the swap. */
static int adopt_newest(struct line *l, struct snapshot_head *head, struct err *err)
{
    const char *directory = l->config->directory;
    int64_t newest;

    *head = (struct snapshot_head){.revision = REVISION_NONE};
    (void)unlinkat(l->directory, NEW_CURRENT, 0);
    if (l->nold == 0) {
        (void)unlinkat(l->directory, "current", 0); /* it would dangle */
        return 0;
    }
    newest = l->old[0].revision;
    forget_newest_old(l);
    if (snapshot_read_manifest(directory, l->audience, newest, head, &l->bytes, err) < 0)
        return -1;
    if (snapshot_current(directory, l->audience) != newest &&
        (link_new(l, newest, err) < 0 || swap_current(l, err) < 0))
        return -1;
    l->revision = newest;
    return 0;
}

/* Of the staff's no other user of this host sees as much as a name. */
static int open_lines(struct materialiser *m, struct err *err)
{
    struct line *publics = &m->lines[AUDIENCE_PUBLIC], *staffs = &m->lines[AUDIENCE_STAFF];

    if (open_folder(AT_FDCWD, m->config->directory, FOLDER_MODE, &publics->directory, err) < 0)
        return -1;
    return open_folder(publics->directory, &line_folders[AUDIENCE_STAFF][1], S_IRWXU,
                       &staffs->directory, err);
}

static int open_all(struct materialiser *m, struct snapshot_head *heads, struct err *err)
{
    if (open_lines(m, err) < 0 || take_directory(m, err) < 0)
        return -1;
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        if (judge_all(&m->lines[a], &m->leftovers, err) < 0 ||
            adopt_newest(&m->lines[a], &heads[a], err) < 0)
            return err_prefix(err, "%s", m->config->directory);
    materialiser_prune(m);
    return 0;
}

static int line_init(struct line *l, const struct config *config, enum audience audience)
{
    *l = (struct line){.config = config, .audience = audience, .directory = -1};
    l->old = calloc((size_t)config->keep_max + 1, sizeof *l->old);
    return l->old ? 0 : -1;
}

struct materialiser *materialiser_open(const struct config *config,
                                       struct snapshot_head heads[AUDIENCE_COUNT], struct err *err)
{
    struct materialiser *m = malloc(sizeof *m);
    int status = 0;

    if (!m) {
        err_set(err, "no memory for the snapshot directory");
        return NULL;
    }
    *m = (struct materialiser){.config = config, .lock = -1};
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        status |= line_init(&m->lines[a], config, a);
    if (status < 0)
        err_set(err, "no memory for the old revisions");
    if (status < 0 || open_all(m, heads, err) < 0) {
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
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        close_fd(m->lines[a].directory);
        free(m->lines[a].old);
    }
    close_fd(m->lock); /* the last: it frees the directory for the next daemon */
    free(m);
}

size_t materialiser_leftovers(const struct materialiser *m)
{
    return m->leftovers;
}
