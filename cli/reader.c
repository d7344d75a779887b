#include "cli/reader.h"

#include "lib/database.h"
#include "lib/platform.h"
#include "lib/timestamp.h"

PGconn *reader_open(const struct call *call, const char *conninfo, struct err *err)
{
    const struct config *config = call->config;
    const struct database_options options = {
        .conninfo = conninfo ? conninfo : config->conninfo,
        .password_file = conninfo ? "" : config->password_file,
        .program = "scoreboardctl",
        .schema = call->names->schema,
        .connect_deadline = config->connect_deadline,
        .statement_timeout = config->read_deadline,
    };
    PGconn *db = database_open(&options, err);

    if (db && database_script(db, config->read_deadline,
                              "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, err) < 0) {
        PQfinish(db);
        return NULL;
    }
    return db;
}

int reader_read(const struct call *call, PGconn *db, int64_t until, struct dataset *data,
                struct err *err)
{
    char sqlstate[6];

    return platform_read(db, monotonic_ms() + call->config->read_deadline, until, data, sqlstate,
                         err);
}
