/*
 * The events call, with each call of the system failing in turn.
 *
 *   publish CONFIG DIRECTORY TOKEN [STEP [CALL...]]
 *
 * On a stack (tests/stack) whose daemon is stopped, with that stack's environment.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/faults/responder.h"

#define BODY "{\"reason\":\"submission_correct\"}"

/* Each time anew: a process that ends would end a connection of its parent's, too. */
static int64_t query(const char *sql)
{
    PGconn *db = PQconnectdb("");
    PGresult *result = PQexec(db, sql);
    int64_t n;

    EXPECT(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQerrorMessage(db));
    n = atoll(PQgetvalue(result, 0, 0));
    PQclear(result);
    PQfinish(db);
    return n;
}

static void empty_outbox(void)
{
    (void)query(
        "WITH gone AS (DELETE FROM scoreboard.outbox RETURNING 1) SELECT count(*) FROM gone");
}

static int64_t rows(void)
{
    return query("SELECT count(*) FROM scoreboard.outbox");
}

static bool is_taken(const struct buffer *answer)
{
    return strncmp(answer->data, "Status: 202", 11) == 0;
}

/* Whoever was told that it was taken can rely on it. */
static void judge(const struct buffer *answer)
{
    EXPECT(!is_taken(answer) || rows() >= 1, "taken, but lost: %s", answer->data);
    EXPECT(answer->len == 1 || strncmp(answer->data, "Status: ", 8) == 0, "%s", answer->data);
}

static void expect_taken(const struct buffer *answer)
{
    EXPECT(is_taken(answer) && strstr(answer->data, "submission_correct"), "%s", answer->data);
    EXPECT(rows() == 1, "%d rows", (int)rows());
}

int main(int argc, char **argv)
{
    static char authorization[256], length[16];
    const struct asking asking = {
        "publish",
        {{"REQUEST_METHOD", "POST"},
         {"REQUEST_URI", "/api/scoreboard/events"},
         {"CONTENT_TYPE", "application/json"},
         {"CONTENT_LENGTH", length},
         {"HTTP_AUTHORIZATION", authorization}},
        BODY,
        empty_outbox,
        judge,
        expect_taken,
    };

    if (argc < 4) {
        fputs("usage: publish CONFIG DIRECTORY TOKEN [STEP [CALL...]]\n", stderr);
        return 2;
    }
    snprintf(authorization, sizeof authorization, "Bearer %s", argv[3]);
    snprintf(length, sizeof length, "%zu", strlen(BODY));
    responder_try(&asking, argv[1], argv[2], argc - 3, argv + 3);
    return 0;
}
