/*
 * board: a board of any moment, for disputes and for the report afterwards.
 *
 * Read and reckoned by what the daemon reads and reckons with, so that it cannot say anything else
 * than the boards did at that moment; as far as the platform's functions know the past, that is: of
 * names, teams and challenges they know the present alone.
 */
#include <inttypes.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/ranking.h"
#include "cli/reader.h"
#include "lib/board/boards.h"
#include "lib/crew.h"
#include "lib/timestamp.h"

enum { BOARD_AT, BOARD_DIVISION, BOARD_USERS, BOARD_JSON };

static int run_board(const struct call *call, struct err *err);

const struct command board_command = {
    .name = "board",
    .help = "print the leaderboard of now, or of any moment",
    .options = {[BOARD_AT] = {"at", "TIME", NULL, "as it was at, as in 2026-02-27T18:00:00+01:00"},
                [BOARD_DIVISION] = {"division", "ID", NULL, "of that division alone"},
                [BOARD_USERS] = {"users", NULL, NULL, "of the users, not of the teams"},
                [BOARD_JSON] = {"json", NULL, NULL, "as the public gets it"}},
    .run = run_board,
};

/* What is asked for. */
struct wish {
    int64_t until;
    bool has_division;
    int64_t division;
    enum league_kind kind;
};

static int read_wish(const struct call *call, struct wish *wish, struct err *err)
{
    const char *at = call->values[BOARD_AT];

    *wish = (struct wish){.until = NEVER, .has_division = call->values[BOARD_DIVISION] != NULL};
    if (at && timestamp_parse(at, &wish->until, err) < 0)
        return err_prefix(err, "--at \"%s\"", at);
    if (wish->has_division)
        return call_number(call, BOARD_DIVISION, INT64_MIN, INT64_MAX, &wish->division, err);
    return 0;
}

static int check_division(const struct wish *wish, const struct dataset *data, struct err *err)
{
    if (!wish->has_division)
        return 0;
    for (size_t i = 0; i < data->ndivisions; i++)
        if (data->divisions[i].id == wish->division)
            return 0;
    return err_set(err, "there is no division %" PRId64 " among %zu", wish->division,
                   data->ndivisions);
}

/* --- For people ------------------------------------------------------------------------------- */

static uint32_t division_position(const struct wish *wish, const struct standings *s)
{
    for (uint32_t i = 0; wish->has_division && i < s->ndivisions; i++)
        if (s->divisions[i]->id == wish->division)
            return i;
    return NOWHERE;
}

static void print_title(const struct wish *wish, const struct ranking *r)
{
    char at[TIMESTAMP_MAX];

    timestamp_format(at, wish->until == NEVER ? timestamp_now() : wish->until);
    ranking_print_text(stdout, r->data, r->data->competition.name);
    if (r->division != NOWHERE) {
        fputs(r->data->competition.name.len > 0 ? ", " : "", stdout);
        ranking_print_text(stdout, r->data, r->standings->divisions[r->division]->name);
    }
    printf("%sas of %s\n", r->data->competition.name.len > 0 || r->division != NOWHERE ? ", " : "",
           at);
}

static int print_table(const struct wish *wish, const struct dataset *data, struct err *err)
{
    struct arena memory;
    struct standings standings;
    int status;

    arena_init(&memory);
    status = standings_build(&standings, data, &memory, err);
    if (status == 0) {
        struct ranking ranking = {data, &standings, wish->kind,
                                  division_position(wish, &standings)};
        print_title(wish, &ranking);
        ranking_print(stdout, &ranking, UINT32_MAX);
    }
    arena_release(&memory);
    return status;
}

/* --- For programs ----------------------------------------------------------------------------- */

/* All documents of all, and those of one division. */
struct document_texts {
    const struct wish *wish;
    struct buffer all[BOARD_COUNT], division[BOARD_COUNT];
};

static struct buffer *document(void *context, enum board board, const struct division *division)
{
    struct document_texts *d = context;

    if (!division)
        return &d->all[board];
    return d->wish->has_division && division->id == d->wish->division ? &d->division[board] : NULL;
}

static int print_json(const struct wish *wish, const struct dataset *data, struct err *err)
{
    struct document_texts documents = {.wish = wish};
    struct boards *boards = boards_new(err);
    enum board board = wish->kind == USERS ? BOARD_LEADERBOARD : BOARD_LEADERBOARD_TEAMS;
    const struct buffer *wanted =
        wish->has_division ? &documents.division[board] : &documents.all[board];
    int status = -1;

    if (boards && boards_build(boards, data, crew_run, &(struct boards_sink){document, &documents},
                               err) == 0) {
        fwrite(wanted->data, 1, wanted->len, stdout);
        putchar('\n');
        status = 0;
    }
    for (enum board b = 0; b < BOARD_COUNT; b++) {
        buffer_release(&documents.all[b]);
        buffer_release(&documents.division[b]);
    }
    boards_free(boards);
    return status;
}

/* --- The whole -------------------------------------------------------------------------------- */

static int print_board(const struct call *call, struct wish *wish, PGconn *db, struct dataset *data,
                       struct err *err)
{
    if (reader_read(call, db, wish->until, data, err) < 0 || check_division(wish, data, err) < 0)
        return -1;
    wish->kind = call->values[BOARD_USERS] || data->nteams == 0 ? USERS : TEAMS;
    return call->values[BOARD_JSON] ? print_json(wish, data, err) : print_table(wish, data, err);
}

static int run_board(const struct call *call, struct err *err)
{
    struct dataset data;
    struct wish wish;
    PGconn *db;
    int status = -1;

    if (read_wish(call, &wish, err) < 0)
        return -1;
    dataset_init(&data);
    db = reader_open(call, NULL, err);
    if (db)
        status = print_board(call, &wish, db, &data, err);
    PQfinish(db);
    dataset_release(&data);
    return status;
}
