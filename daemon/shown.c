#include "daemon/shown.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/database.h"
#include "lib/revision.h"

static const char replace_sql[] = "UPDATE state SET shown_rev = rev, shown_at = read_at,"
                                  " shown_digest = $2 WHERE rev = $1";

bool shown_stands(const struct shown *s, const char *digest, int64_t seen, int64_t drawn)
{
    return s->revision != REVISION_NONE && s->revision >= seen && s->revision <= drawn &&
           strcmp(s->digest, digest) == 0;
}

int shown_replace(PGconn *db, int64_t deadline_ms, const struct shown *s, struct err *err)
{
    char revision[REVISION_MAX];
    const char *params[] = {revision, s->digest};
    PGresult *result;
    int rows;

    snprintf(revision, sizeof revision, "%" PRId64, s->revision);
    result = database_query(db, deadline_ms, replace_sql, 2, params, NULL, err);
    if (!result)
        return -1;
    rows = strcmp(PQcmdTuples(result), "1") == 0;
    PQclear(result);
    return rows;
}

struct board_event shown_event(const struct shown *s)
{
    return (struct board_event){.reason = "withheld", .ts = s->read_at};
}
