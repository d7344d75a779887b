#include "lib/outbox.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/database.h"
#include "lib/redis.h"

/* The time as an integer: PostgreSQL 14 and later reckon extract() in exact numerics. */
#define INSERT_ROW                             \
    "INSERT INTO outbox (reason) VALUES ($1) " \
    "RETURNING (extract(epoch FROM created_at) * 1000000)::int8"

#define UNDEFINED_TABLE "42P01" /* also when there is no schema at all */

PGconn *outbox_open(const struct config *config, const struct names *names, const char *program,
                    struct err *err)
{
    const struct database_options options = {
        .conninfo = config->publish_conninfo,
        .password_file = config->password_file,
        .program = program,
        .schema = names->schema,
        .connect_deadline = config->connect_deadline,
        .statement_timeout = config->poll_deadline,
    };

    return database_open(&options, err);
}

int outbox_insert(PGconn *db, int64_t deadline_ms, const char *reason, struct board_event *event,
                  struct err *err)
{
    char sqlstate[6];
    PGresult *row = database_query(db, deadline_ms, INSERT_ROW, 1, &reason, sqlstate, err);

    if (row == NULL && strcmp(sqlstate, UNDEFINED_TABLE) == 0)
        return err_set(err, "there is no outbox; run scoreboardctl migrate");
    if (row == NULL)
        return -1;
    snprintf(event->reason, sizeof event->reason, "%s", reason);
    event->ts = database_int(row, 0, 0);
    event->outbox = true;
    PQclear(row);
    return 0;
}

int outbox_hint(redisContext *redis, const struct names *names, const struct board_event *event,
                struct err *err)
{
    char text[EVENT_TEXT_MAX];

    event_format_outbox(event, text);
    return redis_do(redis, err, "PUBLISH %s %s", names->events, text);
}
