/*
 * script: the files of sql/, with their names filled in.
 *
 * A name stands in a file in double braces, {{schema}}, which is no SQL. What takes its place has
 * been checked, and quoted where it needs to be, by script_names_init() or by PostgreSQL; values
 * are never put into SQL text, they go as parameters.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"

#define SCRIPT_TABLES_MAX 4096

struct script_names {
    const char *schema;             /* ours; [a-z0-9_] by the config's rule for instances */
    char platform[NAME_MAX_LEN];    /* the platform's schema, in quotes */
    char owner[2 * NAME_MAX_LEN];   /* of the platform's tables, quoted by PostgreSQL */
    char tables[SCRIPT_TABLES_MAX]; /* that the platform's file watches; a literal of text[] */
    char part[24];                  /* a number, or NULL */
    const char *lock_mode;          /* how lock.sql locks the platform's tables */
    const char *keep;               /* true or false: what detach.sql leaves */
};

struct script {
    char name[NAME_MAX_LEN]; /* for messages: the file, without our directory */
    struct buffer text;      /* terminated */
};

/* Keeps `schema`; the rest is as if nothing were known yet. Refuses a platform schema that no quotes
 * would make harmless. */
int script_names_init(struct script_names *names, const char *schema, const char *platform_schema,
                      struct err *err) MUST_CHECK;

/* Appends the text with its names filled in; one that is not known is an error. */
int script_fill_in(struct buffer *out, const char *text, const struct script_names *names,
                   struct err *err) MUST_CHECK;

/* Reads a file as it is: `name` in `directory`, or a path of its own that begins with a slash. */
int script_read(struct script *script, const char *directory, const char *name,
                struct err *err) MUST_CHECK;

/* Fills the names of a script in. */
int script_complete(struct script *script, const struct script_names *names,
                    struct err *err) MUST_CHECK;

void script_release(struct script *script); /* safe on a zeroed one */

#endif
