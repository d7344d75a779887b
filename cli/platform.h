/*
 * platform: which of the files in platforms/ a database gets, and what it says of the database.
 *
 * The one that was asked for; else the one that was migrated here before; else the one that
 * recognises the platform by its tables: comment lines in the file say which columns of which
 * tables it needs,
 *
 *   -- recognised by: teams(id, name) "Games"("Id", "Hidden")
 *
 * all of them must be there, and of several files the one that names the most columns is taken.
 */
#ifndef CLI_PLATFORM_H
#define CLI_PLATFORM_H

#include <libpq-fe.h>
#include <limits.h>

#include "cli/script.h"
#include "lib/err.h"

struct platform {
    char name[PATH_MAX];  /* ctfd; or the path of a file, with slashes */
    char others[256];     /* who else owns tables of it; "": nobody */
    struct script script; /* its file, as it is */
};

/* What was migrated here before, in *platform and names->part; 1: nothing was. */
int platform_recall(struct platform *platform, PGconn *db, struct script_names *names,
                    struct err *err) MUST_CHECK;

/* Finds and reads the file: `wanted` is a name, a path or, when the tables shall tell, NULL. */
int platform_find(struct platform *platform, PGconn *db, const char *directory, const char *wanted,
                  const struct script_names *names, struct err *err) MUST_CHECK;

/* Whose the tables are that the file watches: into names->owner and names->tables. */
int platform_survey(struct platform *platform, PGconn *db, struct script_names *names,
                    struct err *err) MUST_CHECK;

void platform_release(struct platform *platform); /* safe on a zeroed one */

#endif
