#include "cli/script.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_MAX     ((size_t)1024 * 1024)
#define IDENTIFIER_MAX 63 /* bytes that PostgreSQL keeps of a name */

int script_names_init(struct script_names *names, const char *schema, const char *platform_schema,
                      const char *lock_mode, struct err *err)
{
    size_t len = strlen(platform_schema);

    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)platform_schema[i]) && !strchr("_-", platform_schema[i]))
            len = 0;
    if (len == 0 || len > IDENTIFIER_MAX)
        return err_set(err,
                       "platform_schema \"%s\" in [postgres] is not a schema's name: "
                       "up to %d letters, digits, _ and -",
                       platform_schema, IDENTIFIER_MAX);
    names->schema = schema;
    names->lock_mode = lock_mode;
    snprintf(names->platform, sizeof names->platform, "\"%s\"", platform_schema);
    return 0;
}

/* What {{name}} stands for; NULL: nothing. */
static const char *look_up(const struct script_names *names, const char *name, size_t len)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"schema", names->schema},
        {"platform", names->platform},
        {"lock_mode", names->lock_mode},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == len && memcmp(known[i].name, name, len) == 0)
            return known[i].value;
    return NULL;
}

int script_fill_in(struct buffer *out, const char *text, const struct script_names *names,
                   struct err *err)
{
    const char *open;

    while ((open = strstr(text, "{{"))) {
        const char *name = open + 2;
        size_t len = strcspn(name, "}\n");
        const char *value = strncmp(name + len, "}}", 2) == 0 ? look_up(names, name, len) : NULL;

        if (!value)
            return err_set(err, "{{%.*s is no name that can be filled in", (int)len, name);
        buffer_append(out, text, (size_t)(open - text));
        buffer_append_text(out, value);
        text = name + len + 2;
    }
    buffer_append_text(out, text);
    return 0;
}

/* The whole file, terminated. */
static int read_file(struct buffer *out, const char *path, struct err *err)
{
    FILE *file = fopen(path, "re");
    size_t n = 1;
    int status = -1;

    if (!file)
        return err_set(err, "%s: %s: --sql-dir says where our SQL is", path, strerror(errno));
    while (n > 0) {
        char *room = buffer_reserve(out, BUFSIZ);
        n = room ? fread(room, 1, BUFSIZ, file) : 0;
        out->len += n;
    }
    buffer_append_char(out, '\0');
    if (ferror(file))
        err_set(err, "%s: %s", path, strerror(errno));
    else if (buffer_failed(out))
        err_set(err, "%s is larger than %zu bytes", path, SCRIPT_MAX);
    else
        status = 0;
    fclose(file);
    return status;
}

/* Fills the names of a file's text in. */
static int fill_in_file(struct buffer *out, const char *path, const struct script_names *names,
                        struct err *err)
{
    struct buffer raw = {.max = SCRIPT_MAX};
    int status = -1;

    if (read_file(&raw, path, err))
        goto out;
    if (script_fill_in(out, raw.data, names, err)) {
        err_prefix(err, "%s", path);
        goto out;
    }
    buffer_append_char(out, '\0');
    status = buffer_failed(out) ? err_set(err, "%s: out of memory", path) : 0;
out:
    buffer_release(&raw);
    return status;
}

int script_load(struct script *script, const char *directory, const char *name,
                const struct script_names *names, struct err *err)
{
    struct script loaded = {.text = {.max = 2 * SCRIPT_MAX}};
    char path[PATH_MAX];

    if (strlen(name) >= sizeof loaded.name)
        return err_set(err, "%s/%s: the name is too long", directory, name);
    strcpy(loaded.name, name);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (fill_in_file(&loaded.text, path, names, err)) {
        script_release(&loaded);
        return -1;
    }
    *script = loaded;
    return 0;
}

void script_release(struct script *script)
{
    buffer_release(&script->text);
}

bool script_is_concurrent(const struct script *script)
{
    static const char ending[] = "_concurrently.sql";
    size_t len = strlen(script->name), end = sizeof ending - 1;

    return len >= end && strcmp(script->name + len - end, ending) == 0;
}

static bool is_numbered(const char *name)
{
    const char *extension = strrchr(name, '.');

    return isdigit((unsigned char)name[0]) && isdigit((unsigned char)name[1]) && extension &&
           strcmp(extension, ".sql") == 0;
}

bool script_is_migration(const struct script *script)
{
    return is_numbered(script->name);
}

static int is_migration(const struct dirent *entry)
{
    return is_numbered(entry->d_name);
}

/* Loads into a list that has room for all. */
static int load_each(struct script_list *list, struct dirent **entries, size_t count,
                     const char *directory, const struct script_names *names, struct err *err)
{
    for (size_t i = 0; i < count; i++, list->count++)
        if (script_load(&list->scripts[i], directory, entries[i]->d_name, names, err))
            return -1;
    return 0;
}

int script_list_load(struct script_list *list, const char *directory,
                     const struct script_names *names, struct err *err)
{
    struct script_list loaded = {0};
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_migration, alphasort);
    int status = -1;

    if (count < 0)
        return err_set(err, "%s: %s", directory, strerror(errno));
    loaded.scripts = calloc((size_t)count + 1, sizeof *loaded.scripts);
    if (!loaded.scripts)
        err_set(err, "out of memory");
    else if (count == 0)
        err_set(err, "%s has no migrations: --sql-dir says where our SQL is", directory);
    else
        status = load_each(&loaded, entries, (size_t)count, directory, names, err);
    while (count-- > 0)
        free(entries[count]);
    free(entries);
    if (status)
        script_list_release(&loaded);
    else
        *list = loaded;
    return status;
}

void script_list_release(struct script_list *list)
{
    while (list->count > 0)
        script_release(&list->scripts[--list->count]);
    free(list->scripts);
    *list = (struct script_list){0};
}
