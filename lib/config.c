#include "lib/config.h"

#include <errno.h>
#include <ini.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cors.h"
#include "lib/network.h"
#include "lib/option.h"
#include "lib/sentinel.h"

#define LINE_LENGTH_MAX 4096 /* a conninfo may be long */
#define DEFAULT_FOLDER  SYSCONFDIR "/scoreboardd"

/* --- A field of the struct, by its option ----------------------------------------------------- */

static char **text_of(struct config *config, const struct option *option)
{
    return (char **)((char *)config + option->offset);
}

static int64_t *number_of(struct config *config, const struct option *option)
{
    return (int64_t *)((char *)config + option->offset);
}

static int replace_text(char **text, char *with, struct err *err)
{
    if (!with)
        return err_set(err, "out of memory");
    free(*text);
    *text = with;
    return 0;
}

static int set_option(struct config *config, const struct option *option, const char *value,
                      struct err *err)
{
    if (option_is_text(option))
        return replace_text(text_of(config, option), strdup(value), err);
    return option_parse(option, value, number_of(config, option), err);
}

static int set_defaults(struct config *config, struct err *err)
{
    for (size_t i = 0; i < option_count; i++)
        if (set_option(config, &options[i], options[i].fallback, err) < 0)
            return -1;
    return 0;
}

/* --- The file --------------------------------------------------------------------------------- */

struct config_reader {
    struct config *config;
    FILE *file;
    int line;        /* its number */
    bool unreadable; /* reading stopped before the end; err says why */
    bool *seen;      /* by option: a second value would win or lose unnoticed */
    struct err *err;
};

/* inih's reader, an fgets() that cuts nothing in silence. */
static char *read_line(char *line, int size, void *stream)
{
    struct config_reader *r = stream;

    if (!fgets(line, size, r->file)) {
        if (ferror(r->file)) {
            r->unreadable = true;
            err_set(r->err, "%s", strerror(errno));
        }
        return NULL;
    }
    r->line++;
    if (!strchr(line, '\n') && !feof(r->file)) {
        r->unreadable = true;
        err_set(r->err, "line %d has more than %d bytes, or a NUL", r->line, size - 2);
        return NULL;
    }
    return line;
}

static int take_value(struct config_reader *r, const char *section, const char *key,
                      const char *value)
{
    const struct option *option = option_find(section, key);

    if (!option)
        return err_set(r->err, "no such key");
    if (r->seen[option - options])
        return err_set(r->err, "set twice");
    r->seen[option - options] = true;
    return set_option(r->config, option, value, r->err);
}

/* inih's handler: 1 goes on, 0 is an error in this line. */
static int handle_value(void *user, const char *section, const char *key, const char *value)
{
    struct config_reader *r = user;

    if (take_value(r, section, key, value) == 0)
        return 1;
    err_prefix(r->err, "[%s] %s", section, key);
    return 0;
}

/* One value is one line, and a comment has its own: a password with a `;` in it is not cut, and an
 * indented line is not added to the one before. */
static void choose_syntax(void)
{
    ini_max_line = LINE_LENGTH_MAX;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_stop_on_first_error = true;
}

static int parse_file(struct config_reader *r, const char *path)
{
    int bad_line;

    choose_syntax();
    err_set(r->err, "neither a [section], a key = value nor a # comment");
    bad_line = ini_parse_stream(read_line, r, handle_value, r);
    if (r->unreadable)
        return err_prefix(r->err, "%s", path);
    return bad_line == 0 ? 0 : err_prefix(r->err, "%s:%d", path, bad_line);
}

static int read_file(struct config *config, const char *path, struct err *err)
{
    struct config_reader r = {.config = config, .err = err};
    int rc = -1;

    r.file = fopen(path, "re");
    if (!r.file)
        return err_set(err, "%s: %s", path, strerror(errno));
    r.seen = calloc(option_count, sizeof *r.seen);
    if (r.seen)
        rc = parse_file(&r, path);
    else
        err_set(err, "out of memory");
    free(r.seen);
    fclose(r.file);
    return rc;
}

/* --- Paths are relative to the folder of the file --------------------------------------------- */

/* The folder, absolute (a daemon may change its own); to be freed. */
static char *folder_of(const char *path, struct err *err)
{
    char *copy = path ? strdup(path) : NULL;
    char *folder = copy ? realpath(dirname(copy), NULL) : path ? NULL : strdup(DEFAULT_FOLDER);

    free(copy);
    if (!folder)
        err_set(err, "%s: %s", path ? path : DEFAULT_FOLDER, strerror(errno));
    return folder;
}

static int make_absolute(char **path, const char *folder, struct err *err)
{
    char *joined;

    if (**path == '\0' || **path == '/')
        return 0;
    if (asprintf(&joined, "%s/%s", folder, *path) < 0)
        joined = NULL;
    return replace_text(path, joined, err);
}

static int make_paths_absolute(struct config *config, const char *path, struct err *err)
{
    char *folder = folder_of(path, err);
    int rc = folder ? 0 : -1;

    for (size_t i = 0; i < option_count && rc == 0; i++)
        if (options[i].kind == OPTION_PATH)
            rc = make_absolute(text_of(config, &options[i]), folder, err);
    free(folder);
    return rc;
}

/* --- What no single line can tell ------------------------------------------------------------- */

static int check_lengths(struct config *config, struct err *err)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *o = &options[i];
        int64_t len;

        if (!option_is_text(o))
            continue;
        len = (int64_t)strlen(*text_of(config, o));
        if (len < o->min)
            return err_set(err, "[%s] %s: must not be empty", o->section, o->key);
        if (o->max > 0 && len > o->max)
            return err_set(err, "[%s] %s: must be at most %d bytes long, not %d", o->section,
                           o->key, (int)o->max, (int)len);
    }
    return 0;
}

/* [a-z][a-z0-9_]*, or nothing: it becomes part of SQL and Redis names. */
static int check_instance(const char *instance, struct err *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

    if (*instance == '\0' || (strchr(letters, *instance) && !instance[strspn(instance, more)]))
        return 0;
    return err_set(err,
                   "[scoreboard] instance: must be lower case letters, digits and _, a letter "
                   "first, not \"%.60s\"",
                   instance);
}

static int check_order(struct config *config, struct err *err)
{
    static const struct {
        const char *section, *lesser, *greater;
    } orders[] = {
        {"rebuild", "debounce", "max_wait"},
        {"rebuild", "backoff_min", "backoff_max"},
        {"snapshot", "keep_min", "keep_max"},
    };

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        const struct option *lesser = option_find(orders[i].section, orders[i].lesser);
        const struct option *greater = option_find(orders[i].section, orders[i].greater);

        if (*number_of(config, lesser) > *number_of(config, greater))
            return err_set(err, "[%s] %s: must be at least %s", greater->section, greater->key,
                           lesser->key);
    }
    return 0;
}

static int check_proxies(const char *trusted_proxies, struct err *err)
{
    struct networks networks;

    if (networks_parse(&networks, trusted_proxies, err) == 0)
        return 0;
    return err_prefix(err, "[stream] trusted_proxies");
}

static int check_origins(const char *cors_origins, struct err *err)
{
    if (cors_check(cors_origins, err) == 0)
        return 0;
    return err_prefix(err, "[scoreboard] cors_origins");
}

static int check_sentinels(const char *sentinels, struct err *err)
{
    if (sentinel_check(sentinels, err) == 0)
        return 0;
    return err_prefix(err, "[redis] sentinels");
}

static int check(struct config *config, const char *path, struct err *err)
{
    if (check_lengths(config, err) == 0 && check_instance(config->instance, err) == 0 &&
        check_order(config, err) == 0 && check_proxies(config->trusted_proxies, err) == 0 &&
        check_origins(config->cors_origins, err) == 0 &&
        check_sentinels(config->redis.sentinels, err) == 0)
        return 0;
    return err_prefix(err, "%s", path ? path : "default settings");
}

/* --- The whole -------------------------------------------------------------------------------- */

static int fill(struct config *config, const char *path, struct err *err)
{
    if (set_defaults(config, err) < 0)
        return -1;
    if (path && read_file(config, path, err) < 0)
        return -1;
    if (make_paths_absolute(config, path, err) < 0)
        return -1;
    return check(config, path, err);
}

int config_load(struct config *config, const char *path, struct err *err)
{
    int rc;

    *config = (struct config){0};
    rc = fill(config, path, err);
    if (rc < 0)
        config_release(config);
    return rc;
}

void config_release(struct config *config)
{
    for (size_t i = 0; i < option_count; i++)
        if (option_is_text(&options[i]))
            free(*text_of(config, &options[i]));
    *config = (struct config){0};
}

const char *config_default_path(void)
{
    const char *path = getenv("SCOREBOARD_CONFIG");

    return path && *path ? path : DEFAULT_FOLDER "/scoreboardd.conf";
}

/* --- Names ------------------------------------------------------------------------------------ */

static void put_name(char out[NAME_MAX_LEN], const char *instance, const char *name)
{
    snprintf(out, NAME_MAX_LEN, "%s%s%s", instance, *instance ? ":" : "", name);
}

void names_init(struct names *names, const char *instance)
{
    snprintf(names->schema, sizeof names->schema, "scoreboard%s%s", *instance ? "_" : "", instance);
    put_name(names->snapshot, instance, "scoreboard:snapshot");
    put_name(names->lock, instance, "leaderboard:rebuild:lock");
    put_name(names->tenant, instance, "scoreboard:database");
    put_name(names->events, instance, "scoreboard.events");
    put_name(names->rebuilt, instance, "scoreboard.rebuilt");
    put_name(names->heartbeat, instance, "scoreboard.heartbeat.");
}
