#include "cli/script.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

#define SCRIPT_MAX     ((size_t)1024 * 1024)
#define IDENTIFIER_MAX 63 /* bytes that PostgreSQL keeps of a name */

int script_names_init(struct script_names *names, const char *schema, const char *platform_schema,
                      struct err *err)
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
    *names = (struct script_names){
        .schema = schema,
        .owner = "current_user",
        .tables = "'{}'",
        .part = "NULL",
        .lock_mode = "ACCESS EXCLUSIVE",
        .keep = "false",
    };
    snprintf(names->platform, sizeof names->platform, "\"%s\"", platform_schema);
    return 0;
}

/* What {{name}} stands for; NULL: nothing. */
static const char *look_up(const struct script_names *names, const char *name, size_t len)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"schema", names->schema}, {"platform", names->platform}, {"owner", names->owner},
        {"tables", names->tables}, {"part", names->part},         {"lock_mode", names->lock_mode},
        {"keep", names->keep},
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
    struct err why;

    if (file_read(out, path, &why) < 0)
        return err_set(err, "%s: %s: --sql-dir says where our SQL is", path, why.text);
    buffer_append_char(out, '\0');
    return buffer_failed(out) ? err_set(err, "%s: too large", path) : 0;
}

int script_read(struct script *script, const char *directory, const char *name, struct err *err)
{
    struct script loaded = {.text = {.max = SCRIPT_MAX}};
    char path[PATH_MAX];

    if (name[0] == '/')
        snprintf(path, sizeof path, "%s", name);
    else
        snprintf(path, sizeof path, "%s/%s", directory, name);
    snprintf(loaded.name, sizeof loaded.name, "%s", name);
    if (read_file(&loaded.text, path, err)) {
        script_release(&loaded);
        return -1;
    }
    *script = loaded;
    return 0;
}

int script_complete(struct script *script, const struct script_names *names, struct err *err)
{
    struct buffer filled = {.max = 2 * SCRIPT_MAX};
    int status = buffer_failed(&script->text)
                     ? err_set(err, "out of memory")
                     : script_fill_in(&filled, script->text.data, names, err);

    buffer_append_char(&filled, '\0');
    if (status == 0 && buffer_failed(&filled))
        status = err_set(err, "out of memory");
    if (status) {
        buffer_release(&filled);
        return err_prefix(err, "%s", script->name);
    }
    buffer_release(&script->text);
    script->text = filled;
    return 0;
}

void script_release(struct script *script)
{
    buffer_release(&script->text);
}
