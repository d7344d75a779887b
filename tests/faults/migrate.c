/*
 * scoreboardctl migrate, with each call of the system failing in turn.
 *
 *   migrate CONFIG SQL-DIRECTORY [STEP [CALL...]]
 *
 * The configuration names an instance of its own in a database with the demo's tables, which nobody
 * serves; its user may do everything.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/faults/command.h"
#include "tests/faults/faults.h"

static const char *config_path;

static char platform[] = "--platform", demo[] = "demo", sql_dir[] = "--sql-dir", command[] = "";
static char *migrating[] = {command, platform, demo, sql_dir, NULL /* the directory */, NULL};
static char *detaching[] = {command, sql_dir, NULL /* the directory */, NULL};

static void migrate(void)
{
    (void)command_call(&migrate_command, config_path, 5, migrating);
}

static void detach(void)
{
    command_succeed(&detach_command, config_path, 3, detaching);
}

static int query(const char *sql)
{
    PGconn *db = PQconnectdb("");
    PGresult *result = PQexec(db, sql);
    int n;

    EXPECT(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQerrorMessage(db));
    n = atoi(PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(db);
    return n;
}

static int triggers(void)
{
    return query("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'scoreboard_starved%'");
}

/* All or nothing; and the second time, all. */
static void check(void)
{
    static int all;
    int before = triggers(), schemas = query("SELECT count(*) FROM pg_namespace"
                                             " WHERE nspname = 'scoreboard_starved'");

    EXPECT((before == 0) == (schemas == 0), "%d triggers, but %d schemas", before, schemas);
    command_succeed(&migrate_command, config_path, 5, migrating);
    if (all == 0)
        all = triggers();
    EXPECT(triggers() == all && (before == 0 || before == all), "%d triggers, then %d, not %d",
           before, triggers(), all);
    EXPECT(query("SELECT count(*) FROM scoreboard_starved.missing") == 0, "something is missing");
}

int main(int argc, char **argv)
{
    static const struct work work = {"migrate", detach, migrate, check};

    if (argc < 3) {
        fputs("usage: migrate CONFIG SQL-DIRECTORY [STEP [CALL...]]\n", stderr);
        return 2;
    }
    config_path = argv[1];
    migrating[4] = detaching[2] = argv[2];
    faults_try(&work, argc - 2, argv + 2);
    return 0;
}
