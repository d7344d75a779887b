#include "cli/platform.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/database.h"

#define FOLDER         "platforms"
#define SUFFIX         ".sql"
#define ASK_DEADLINE   10000 /* ms */
#define UNFIT_TEXT_MAX 200   /* of what each file lacks, together */

static PGresult *ask(PGconn *db, const char *sql, int nparams, const char *const *params,
                     struct err *err)
{
    PGresult *result = database_query(db, ASK_DEADLINE, sql, nparams, params, NULL, err);

    if (!result)
        err_prefix(err, "PostgreSQL");
    return result;
}

/* --- What was here before --------------------------------------------------------------------- */

/* A table, and no view of somebody's that we would run. */
static int has_installation(PGconn *db, const struct script_names *names, struct err *err)
{
    PGresult *result = ask(db,
                           "SELECT count(*) FROM pg_class WHERE relname = 'installation'"
                           " AND relkind = 'r' AND relnamespace = to_regnamespace($1)",
                           1, &names->schema, err);
    int found = result ? (int)database_int(result, 0, 0) : -1;

    PQclear(result);
    return found;
}

int platform_recall(struct platform *platform, PGconn *db, struct script_names *names,
                    struct err *err)
{
    char sql[64 + NAME_MAX_LEN];
    int found = has_installation(db, names, err);
    PGresult *result;

    if (found <= 0)
        return found < 0 ? -1 : 1;
    snprintf(sql, sizeof sql, "SELECT platform, part FROM %s.installation", names->schema);
    result = ask(db, sql, 0, NULL, err);
    if (!result)
        return -1;
    found = PQntuples(result) == 1;
    if (found) {
        snprintf(platform->name, sizeof platform->name, "%s", PQgetvalue(result, 0, 0));
        snprintf(names->part, sizeof names->part, "%s", PQgetvalue(result, 0, 1));
    }
    PQclear(result);
    return found ? 0 : 1;
}

/* --- Recognising ------------------------------------------------------------------------------ */

/* How many columns the file asks for, and the first that is not there. */
static const char fit_sql[] =
    "SELECT count(*), min(item[1] || '.' || btrim(name)) FILTER (WHERE attnum IS NULL)"
    " FROM regexp_matches($2, '^-- recognised by: (.*)$', 'gn') AS line"
    " CROSS JOIN regexp_matches(line[1], '(\"[^\"]+\"|\\w+)\\(([^)]*)\\)', 'g') AS item"
    " CROSS JOIN regexp_split_to_table(item[2], ',') AS name"
    " LEFT JOIN pg_attribute ON attrelid = to_regclass($1 || '.' || item[1])"
    "  AND attname = btrim(name, ' \"') AND NOT attisdropped";

struct search {
    PGconn *db;
    const char *directory;
    const struct script_names *names;
    struct script best;
    int64_t best_fit;
    bool tie;           /* another fits as well as the best */
    struct buffer lack; /* what the others lack */
};

/* The number of columns when all are there, 0 when not, or -1. */
static int64_t fit(struct search *search, const struct script *script, struct err *err)
{
    const char *params[] = {search->names->platform, script->text.data};
    const char *name = script->name + sizeof FOLDER;
    PGresult *result = ask(search->db, fit_sql, 2, params, err);
    int64_t wanted = result ? database_int(result, 0, 0) : -1;

    if (result && !PQgetisnull(result, 0, 1)) {
        if (search->lack.len < UNFIT_TEXT_MAX)
            buffer_printf(&search->lack, "%s%.*s: no %s", search->lack.len ? ", " : "",
                          (int)(strlen(name) - (sizeof SUFFIX - 1)), name,
                          PQgetvalue(result, 0, 1));
        wanted = 0;
    }
    PQclear(result);
    return wanted;
}

/* Keeps the script if it is the best yet. */
static int try_file(struct search *search, const char *file, struct err *err)
{
    char name[sizeof FOLDER + NAME_MAX + 1];
    struct script script;
    int64_t columns;

    snprintf(name, sizeof name, FOLDER "/%s", file);
    if (script_read(&script, search->directory, name, err) < 0)
        return -1;
    columns = fit(search, &script, err);
    if (columns > search->best_fit) {
        struct script worse = search->best;
        search->best = script;
        search->best_fit = columns;
        search->tie = false;
        script = worse;
    } else if (columns == search->best_fit && columns > 0) {
        search->tie = true;
    }
    script_release(&script);
    return columns < 0 ? -1 : 0;
}

static int is_platform(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), end = sizeof SUFFIX - 1;

    return len > end && strcmp(entry->d_name + len - end, SUFFIX) == 0;
}

static int try_all(struct search *search, struct err *err)
{
    struct dirent **entries = NULL;
    char folder[PATH_MAX];
    int count, status = 0;

    snprintf(folder, sizeof folder, "%s/" FOLDER, search->directory);
    count = scandir(folder, &entries, is_platform, alphasort);
    if (count < 0)
        return err_set(err, "%s: %s: --sql-dir says where our SQL is", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (status == 0)
            status = try_file(search, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* Puts the name of a shipped file, without folder and suffix, into platform->name. */
static void name_after(struct platform *platform, const struct script *script)
{
    snprintf(platform->name, sizeof platform->name, "%s", script->name + sizeof FOLDER);
    platform->name[strlen(platform->name) - (sizeof SUFFIX - 1)] = '\0';
}

static int recognise(struct platform *platform, struct search *search, struct err *err)
{
    if (try_all(search, err) < 0)
        return -1;
    if (search->best_fit == 0)
        return err_set(err,
                       "schema %s has the tables of no platform that we know (%.*s): "
                       "[postgres] platform_schema, or --platform NAME or FILE",
                       search->names->platform, (int)search->lack.len,
                       search->lack.len ? search->lack.data : "");
    if (search->tie)
        return err_set(err, "%s and another file fit equally well: --platform says which",
                       search->best.name);
    name_after(platform, &search->best);
    platform->script = search->best;
    search->best = (struct script){0};
    return 0;
}

/* --- Finding ---------------------------------------------------------------------------------- */

static int read_wanted(struct platform *platform, const char *directory, const char *wanted,
                       struct err *err)
{
    bool shipped = !strchr(wanted, '/') && strlen(wanted) < NAME_MAX_LEN;
    char file[PATH_MAX];

    if (shipped)
        snprintf(file, sizeof file, FOLDER "/%s" SUFFIX, wanted);
    else if (!realpath(wanted, file))
        return err_set(err, "%s: %s", wanted, strerror(errno));
    memmove(platform->name, shipped ? wanted : file, strlen(shipped ? wanted : file) + 1);
    return script_read(&platform->script, directory, file, err);
}

int platform_find(struct platform *platform, PGconn *db, const char *directory, const char *wanted,
                  const struct script_names *names, struct err *err)
{
    struct search search = {.db = db, .directory = directory, .names = names};
    int status;

    if (wanted)
        return read_wanted(platform, directory, wanted, err);
    status = recognise(platform, &search, err);
    script_release(&search.best);
    buffer_release(&search.lack);
    return status;
}

/* --- Whose it is ------------------------------------------------------------------------------ */

/* Where the platform has no table yet, the database's owner, if we may act as that one. */
static const char survey_sql[] =
    "WITH watched AS (SELECT DISTINCT call[1] AS name"
    "  FROM regexp_matches($2, 'watch\\(\\s*''([^'']+)''', 'g') AS call),"
    " owners AS (SELECT relowner, count(*) AS tables FROM watched"
    "  JOIN pg_class ON pg_class.oid = to_regclass($1 || '.' || name) GROUP BY relowner),"
    " owner AS (SELECT coalesce((SELECT relowner FROM owners ORDER BY tables DESC, relowner LIMIT "
    "1),"
    "  CASE WHEN pg_has_role(datdba, 'USAGE') THEN datdba END, current_user::regrole::oid) AS oid"
    "  FROM pg_database WHERE datname = current_database())"
    " SELECT oid::regrole,"
    "  (SELECT quote_literal(coalesce(array_agg(name ORDER BY name), '{}')::text) FROM watched),"
    "  (SELECT coalesce(string_agg(relowner::regrole::text, ', '), '') FROM owners"
    "   WHERE relowner <> oid)"
    " FROM owner";

int platform_survey(struct platform *platform, PGconn *db, struct script_names *names,
                    struct err *err)
{
    const char *params[] = {names->platform, platform->script.text.data};
    PGresult *result = ask(db, survey_sql, 2, params, err);
    int status = -1;

    if (!result)
        return -1;
    if (PQgetlength(result, 0, 0) >= (int)sizeof names->owner ||
        strpbrk(PQgetvalue(result, 0, 0), "'\\"))
        err_set(err, "the owner of the platform's tables has too strange a name: %s",
                PQgetvalue(result, 0, 0));
    else if (PQgetlength(result, 0, 1) >= (int)sizeof names->tables)
        err_set(err, "%s watches too many tables", platform->script.name);
    else
        status = 0;
    if (status == 0) {
        strcpy(names->owner, PQgetvalue(result, 0, 0));
        strcpy(names->tables, PQgetvalue(result, 0, 1));
        snprintf(platform->others, sizeof platform->others, "%s", PQgetvalue(result, 0, 2));
    }
    PQclear(result);
    return status;
}

void platform_release(struct platform *platform)
{
    script_release(&platform->script);
    *platform = (struct platform){0};
}
