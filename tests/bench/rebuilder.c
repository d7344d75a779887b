/*
 * rebuilder: rebuilds on demand, for the benchmarks: the daemon's own steps without the daemon.
 *
 *   rebuilder CONFIG
 *
 * Each line of standard input asks for one thing, and is answered by one line of JSON:
 *
 *   floor     reads the platform by COPY, as a rebuild does, and throws all away: what no rebuild
 *             can do without. {"us":N}
 *   rebuild   one whole rebuild, from the first look to the last file. {"us":N,"lock":N,"read":N,
 *             "build":N,"gzip":N,"store":N,"materialise":N}, in microseconds
 *   sizes     {"json":N,"gzip":N,"resident":N,"peak":N}: bytes of the current boards, and of this
 *             process's memory now and at its highest
 *
 * It serves the configuration's snapshot directory, so no daemon may run there.
 */
#include <inttypes.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/materialise.h"
#include "daemon/rebuild.h"
#include "lib/board/copy.h"
#include "lib/config.h"
#include "lib/database.h"
#include "lib/file.h"
#include "lib/gzip.h"
#include "lib/log.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

#define DEADLINE_MS 60000

struct bench {
    struct config config;
    struct names names;
    PGconn *db; /* the floor's own connection */
    struct materialiser *materialiser;
    struct rebuilder *rebuilder;
    int64_t revision; /* the newest */
};

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "rebuilder: %s: %s\n", what, why);
    exit(1);
}

/* --- The floor -------------------------------------------------------------------------------- */

static void expect(struct bench *b, PGresult *result, ExecStatusType status)
{
    if (PQresultStatus(result) != status)
        give_up("COPY", PQerrorMessage(b->db));
    PQclear(result);
}

static void drain(struct bench *b, enum copy_function function)
{
    struct buffer sql = {0};
    char *row;

    copy_statement(&sql, function, NEVER);
    buffer_append_char(&sql, '\0');
    expect(b, PQexec(b->db, sql.data), PGRES_COPY_OUT);
    buffer_release(&sql);
    while (PQgetCopyData(b->db, &row, 0) > 0)
        PQfreemem(row);
    expect(b, PQgetResult(b->db), PGRES_COMMAND_OK);
    PQclear(PQgetResult(b->db));
}

static void run_floor(struct bench *b)
{
    int64_t start = monotonic_us();

    for (enum copy_function function = 0; function < FUNCTION_COUNT; function++)
        drain(b, function);
    printf("{\"us\":%" PRId64 "}\n", monotonic_us() - start);
}

/* --- The rebuild ------------------------------------------------------------------------------ */

static void run_rebuild(struct bench *b)
{
    static const struct doubt no_doubt = {MISSED_NOTHING, REVISION_NONE};
    struct rebuild_report report;
    int64_t start = monotonic_us(), took;

    rebuilder_rebuild(b->rebuilder, &no_doubt, &report);
    took = monotonic_us() - start;
    if (report.result != REBUILD_STORED || report.behind)
        give_up(rebuild_result_names[report.result], report.err.text);
    b->revision = report.stored_revision;
    printf("{\"us\":%" PRId64, took);
    for (enum rebuild_step step = 0; step < STEP_COUNT; step++)
        printf(",\"%s\":%" PRId64, rebuild_step_names[step], report.step_us[step]);
    puts("}");
}

/* --- Sizes ------------------------------------------------------------------------------------ */

/* Of the boards' texts, or gzipped. */
static int64_t board_bytes(const struct bench *b, bool text)
{
    char file[SNAPSHOT_FILE_MAX], path[PATH_MAX];
    struct buffer gzip = {0};
    int64_t bytes = 0;
    struct err err;

    for (enum board board = 0; board < BOARD_COUNT; board++) {
        snapshot_gzip_file(file, &(struct document_name){AUDIENCE_PUBLIC, DIVISION_ALL, board});
        if (!snapshot_path(path, b->config.directory, AUDIENCE_PUBLIC, b->revision, file) ||
            file_read(&gzip, path, &err) < 0)
            continue;
        bytes += (int64_t)(text ? gzip_announced_length((const unsigned char *)gzip.data +
                                                        gzip.len - GZIP_LENGTH_BYTES)
                                : gzip.len);
    }
    buffer_release(&gzip);
    return bytes;
}

/* A line of /proc/self/status: "VmRSS:     1234 kB". */
static int64_t memory_bytes(const char *name)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    int64_t kb = 0;

    if (!status)
        give_up("/proc/self/status", "cannot open it");
    while (fgets(line, sizeof line, status))
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), "%" SCNd64, &kb);
    fclose(status);
    return kb * 1024;
}

static void run_sizes(struct bench *b)
{
    printf("{\"json\":%" PRId64 ",\"gzip\":%" PRId64 ",\"resident\":%" PRId64 ",\"peak\":%" PRId64
           "}\n",
           board_bytes(b, true), board_bytes(b, false), memory_bytes("VmRSS:"),
           memory_bytes("VmHWM:"));
}

/* --- The whole -------------------------------------------------------------------------------- */

static PGconn *connect_postgres(const struct config *config, const struct names *names)
{
    const struct database_options options = {
        .conninfo = config->conninfo,
        .password_file = config->password_file,
        .program = "rebuilder",
        .schema = names->schema,
        .connect_deadline = DEADLINE_MS,
        .statement_timeout = DEADLINE_MS,
    };
    struct err err;
    PGconn *db = database_open(&options, &err);

    if (!db)
        give_up("PostgreSQL", err.text);
    return db;
}

static void bench_open(struct bench *b, const char *path)
{
    struct snapshot_head heads[AUDIENCE_COUNT];
    struct err err;

    if (config_load(&b->config, path, &err) < 0)
        give_up("config", err.text);
    b->config.keep_age = b->config.keep_bytes =
        0; /* or the files of many rebuilds fill the memory */
    names_init(&b->names, b->config.instance);
    b->db = connect_postgres(&b->config, &b->names);
    b->materialiser = materialiser_open(&b->config, heads, &err);
    if (!b->materialiser)
        give_up("directory", err.text);
    b->revision = heads[AUDIENCE_PUBLIC].revision;
    b->rebuilder = rebuilder_new(&b->config, &b->names, b->materialiser, &err);
    if (!b->rebuilder)
        give_up("rebuilder", err.text);
}

static void bench_close(struct bench *b)
{
    PQfinish(b->db);
    rebuilder_free(b->rebuilder);
    materialiser_close(b->materialiser);
    config_release(&b->config);
}

/* What the daemon does between two rebuilds is done between two wishes. */
static void answer(struct bench *b, const char *wish)
{
    rebuilder_settle(b->rebuilder);
    materialiser_prune(b->materialiser);
    if (strcmp(wish, "floor\n") == 0)
        run_floor(b);
    else if (strcmp(wish, "rebuild\n") == 0)
        run_rebuild(b);
    else if (strcmp(wish, "sizes\n") == 0)
        run_sizes(b);
    else
        give_up("no such wish", wish);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct bench bench;
    char wish[32];

    if (argc != 2) {
        fputs("usage: rebuilder CONFIG\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    log_open("rebuilder", LOG_LEVEL_WARN);
    bench_open(&bench, argv[1]);
    while (fgets(wish, sizeof wish, stdin))
        answer(&bench, wish);
    bench_close(&bench);
    return 0;
}
