/*
 * folder: a directory that is written whole or not at all. Its files go into another one beside it,
 * which takes its name when all are there; until then nothing is to be seen at its place.
 *
 * From its beginning to its end SIGINT, SIGTERM and SIGHUP wait: the next folder_write() fails, and once
 * what was written is gone they do what they do.
 */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct folder {
    char path[PATH_MAX]; /* where it is to be */
    char work[PATH_MAX]; /* where it is written; "": nowhere */
    sigset_t blocked;    /* before it was begun */
};

/* `path` is absent, or an empty directory; its last part is its own name. folder_abandon() after it,
 * whatever comes; safe on a zeroed one, too. */
int folder_begin(struct folder *f, const char *path, struct err *err) MUST_CHECK;

/* `name` is relative, and may have folders in it, which are made. */
int folder_write(struct folder *f, const char *name, const void *bytes, size_t len,
                 struct err *err) MUST_CHECK;

/* Copies all files that `from` holds, but for hidden ones. */
int folder_copy(struct folder *f, const char *from, struct err *err) MUST_CHECK;

bool folder_has(const struct folder *f, const char *name);

int folder_finish(struct folder *f, struct err *err) MUST_CHECK;

/* Takes away what was written, unless it was finished. */
void folder_abandon(struct folder *f);

#endif
