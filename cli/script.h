/*
 * script: the files of sql/, with their two or three names filled in.
 *
 * A name stands in a file in double braces, {{schema}}, which is no SQL. What takes its place has
 * been checked, and quoted where it needs to be, by script_names_init(); values are never put into
 * SQL text, they go as parameters.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"

struct script_names {
    const char *schema;          /* ours; [a-z0-9_] by the config's rule for instances */
    char platform[NAME_MAX_LEN]; /* the platform's schema, in quotes */
    const char *lock_mode;       /* how lock.sql locks the platform's tables */
};

struct script {
    char name[NAME_MAX_LEN]; /* the file's, without the directory */
    struct buffer text;      /* names filled in, terminated */
    bool due;                /* to be run: for the caller to say */
};

struct script_list {
    struct script *scripts;
    size_t count;
};

/* Keeps `schema` and `lock_mode`. Refuses a platform schema that no quotes would make harmless. */
int script_names_init(struct script_names *names, const char *schema, const char *platform_schema,
                      const char *lock_mode, struct err *err) MUST_CHECK;

/* Appends the text with its names filled in; one that is not known is an error. */
int script_fill_in(struct buffer *out, const char *text, const struct script_names *names,
                   struct err *err) MUST_CHECK;

int script_load(struct script *script, const char *directory, const char *name,
                const struct script_names *names, struct err *err) MUST_CHECK;
void script_release(struct script *script); /* safe on a zeroed one */

/* Its name starts with two digits: it is applied in order, and once. */
bool script_is_migration(const struct script *script);

/* Named *_concurrently.sql: its statements are run one by one, outside any transaction. */
bool script_is_concurrent(const struct script *script);

/* All migrations of a directory, in order of name. */
int script_list_load(struct script_list *list, const char *directory,
                     const struct script_names *names, struct err *err) MUST_CHECK;
void script_list_release(struct script_list *list); /* safe on a zeroed one */

#endif
