/*
 * export: the final boards and the page as a folder that any static host shows, for ever and without
 * us. All boards are there, of all and of each division, as JSON:
 *
 *   archive/all/leaderboard-teams.json     archive/3/timeline.json
 *
 * and beside them the page, whose archive.js says that this is an archive. The boards are read and
 * reckoned as the daemon's are, of now: a freeze does not hold them back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/folder.h"
#include "cli/reader.h"
#include "lib/board/boards.h"
#include "lib/crew.h"
#include "lib/file.h"
#include "lib/timestamp.h"

enum { EXPORT_WEB_DIR };

static int run_export(const struct call *call, struct err *err);

const struct command export_command = {
    .name = "export",
    .argument = "DIR",
    .help = "write the final boards and the page as a folder for any static host",
    .options = {[EXPORT_WEB_DIR] = {"web-dir", "DIR", NULL,
                                    "the page: else $SCOREBOARD_WEB_DIR, else " WEBDIR}},
    .run = run_export,
};

/* --- The boards ------------------------------------------------------------------------------- */

/* Those of all, then those of each of the dataset's divisions. */
struct documents {
    const struct dataset *data;
    struct buffer (*texts)[BOARD_COUNT];
    size_t count;
};

static struct buffer *document(void *context, enum board board, const struct division *division)
{
    struct documents *d = context;

    return &d->texts[division ? 1 + (size_t)(division - d->data->divisions) : 0][board];
}

static int build(struct documents *d, struct err *err)
{
    struct boards *boards = boards_new(err);
    int status = -1;

    if (boards)
        status = boards_build(boards, d->data, crew_run, &(struct boards_sink){document, d}, err);
    boards_free(boards);
    return status;
}

/* A division has no feed of its own. */
static int write_boards(struct folder *folder, const struct documents *d, size_t at,
                        struct err *err)
{
    char scope[24] = "all", name[128];

    if (at > 0)
        snprintf(scope, sizeof scope, "%" PRId64, d->data->divisions[at - 1].id);
    for (enum board board = 0; board < BOARD_COUNT; board++) {
        const struct buffer *text = &d->texts[at][board];

        snprintf(name, sizeof name, "archive/%s/%s.json", scope, board_names[board].name);
        if (text->len > 0 && folder_write(folder, name, text->data, text->len, err) < 0)
            return -1;
    }
    return 0;
}

static int write_all_boards(struct folder *folder, const struct dataset *data, struct err *err)
{
    struct documents d = {data, NULL, 1 + data->ndivisions};
    int status = -1;

    d.texts = calloc(d.count, sizeof *d.texts);
    if (!d.texts)
        return err_set(err, "out of memory");
    if (build(&d, err) == 0)
        status = 0;
    for (size_t at = 0; status == 0 && at < d.count; at++)
        status = write_boards(folder, &d, at, err);
    for (size_t at = 0; at < d.count; at++)
        for (enum board board = 0; board < BOARD_COUNT; board++)
            buffer_release(&d.texts[at][board]);
    free(d.texts);
    return status;
}

/* --- The page --------------------------------------------------------------------------------- */

static const char *web_dir(const struct call *call)
{
    const char *from_environment = getenv("SCOREBOARD_WEB_DIR");

    if (call->values[EXPORT_WEB_DIR])
        return call->values[EXPORT_WEB_DIR];
    return from_environment ? from_environment : WEBDIR;
}

/* Who has no JavaScript is shown the way to a board, which is another one here. */
static void refer_to_archive(struct buffer *page, const struct buffer *original)
{
    static const char call[] = "/api/leaderboard/teams",
                      file[] = "archive/all/leaderboard-teams.json";
    const char *at = original->data, *end = at + original->len, *found;

    for (; (found = memmem(at, (size_t)(end - at), call, strlen(call)));
         at = found + strlen(call)) {
        buffer_append(page, at, (size_t)(found - at));
        buffer_append_text(page, file);
    }
    buffer_append(page, at, (size_t)(end - at));
}

static int write_index(struct folder *folder, const char *from, struct err *err)
{
    struct buffer original = {0}, page = {0};
    char path[PATH_MAX + 16];
    int status = -1;

    snprintf(path, sizeof path, "%s/index.html", from);
    if (file_read(&original, path, err) < 0) {
        err_prefix(err, "%s", path);
    } else {
        refer_to_archive(&page, &original);
        status = buffer_failed(&page)
                     ? err_set(err, "out of memory")
                     : folder_write(folder, "index.html", page.data, page.len, err);
    }
    buffer_release(&original);
    buffer_release(&page);
    return status;
}

static int write_page(struct folder *folder, const char *from, int64_t now, struct err *err)
{
    char script[256];
    int len = snprintf(script, sizeof script,
                       "/* This folder is an archive: these boards are final. */\n"
                       "export const archive = { madeAt: %" PRId64 " };\n",
                       now / 1000);

    if (folder_copy(folder, from, err) < 0)
        return -1;
    if (!folder_has(folder, "archive.js"))
        return err_set(err, "%s has no page", from);
    if (write_index(folder, from, err) < 0)
        return -1;
    return folder_write(folder, "archive.js", script, (size_t)len, err);
}

/* --- The whole -------------------------------------------------------------------------------- */

static int write_archive(struct folder *folder, const struct call *call, const struct dataset *data,
                         struct err *err)
{
    int64_t now = timestamp_now();
    char at[TIMESTAMP_MAX];

    if (write_page(folder, web_dir(call), now, err) < 0 ||
        write_all_boards(folder, data, err) < 0 || folder_finish(folder, err) < 0)
        return -1;
    timestamp_format(at, now);
    printf("%s has the boards of %zu teams, %zu users and %zu divisions, as of %s\n", folder->path,
           data->nteams, data->nusers, data->ndivisions, at);
    if (data->competition.ends_at != NEVER && data->competition.ends_at > now)
        puts("The competition is not over: a later export will have other boards.");
    return 0;
}

static int read_all(const struct call *call, struct dataset *data, struct err *err)
{
    PGconn *db = reader_open(call, NULL, err);
    int status = db ? reader_read(call, db, NEVER, data, err) : -1;

    PQfinish(db);
    return status;
}

static int run_export(const struct call *call, struct err *err)
{
    struct dataset data;
    struct folder folder = {0};
    int status = -1;

    dataset_init(&data);
    if (read_all(call, &data, err) == 0 && folder_begin(&folder, call->argument, err) == 0)
        status = write_archive(&folder, call, &data, err);
    folder_abandon(&folder);
    dataset_release(&data);
    return status;
}
