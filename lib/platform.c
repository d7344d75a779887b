#include "lib/platform.h"

#include "lib/database.h"

static int send_statement(PGconn *db, enum copy_function function, int64_t until, struct err *err)
{
    struct buffer sql = {0};
    int status = 0;

    copy_statement(&sql, function, until);
    buffer_append_char(&sql, '\0');
    if (buffer_failed(&sql))
        status = err_set(err, "out of memory for a statement");
    else if (!PQsendQuery(db, sql.data))
        status = database_error(err, db);
    buffer_release(&sql);
    return status;
}

/* Until the server says that this was all, or fails: which of both, the next result tells. */
static int receive(PGconn *db, int64_t deadline, struct copy_decoder *decoder, struct err *err)
{
    char *chunk;
    int len, status;

    while ((len = PQgetCopyData(db, &chunk, 1)) >= 0) {
        if (len == 0) {
            if (database_wait(db, deadline, err) < 0)
                return -1;
            continue;
        }
        status = copy_decode(decoder, chunk, (size_t)len, err);
        PQfreemem(chunk);
        if (status < 0)
            return -1;
    }
    return len == -1 ? 0 : database_error(err, db);
}

int platform_read_function(PGconn *db, int64_t deadline, enum copy_function function, int64_t until,
                           struct dataset *data, char *sqlstate, struct err *err)
{
    struct copy_decoder decoder;

    sqlstate[0] = '\0';
    copy_begin(&decoder, function, data);
    if (send_statement(db, function, until, err) < 0 ||
        database_expect(db, deadline, PGRES_COPY_OUT, sqlstate, err) < 0 ||
        receive(db, deadline, &decoder, err) < 0 ||
        database_expect(db, deadline, PGRES_COMMAND_OK, sqlstate, err) < 0)
        return -1;
    return copy_end(&decoder, err);
}

int platform_read(PGconn *db, int64_t deadline, int64_t until, struct dataset *data, char *sqlstate,
                  struct err *err)
{
    dataset_clear(data);
    for (enum copy_function function = 0; function < FUNCTION_COUNT; function++)
        if (platform_read_function(db, deadline, function, until, data, sqlstate, err) < 0)
            return err_prefix(err, "%s()", copy_function_name(function));
    data->competition.frozen = until != NEVER && until == data->competition.freezes_at;
    return 0;
}
