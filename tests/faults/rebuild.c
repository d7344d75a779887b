/*
 * A rebuild, or the fetch of what another node has built, with each call of the system failing in turn.
 *
 *   rebuild CONFIG rebuild|fetch [STEP [CALL...]]
 *
 * On a stack (tests/stack) whose daemon is stopped, with that stack's environment. In a freeze the
 * staff's line goes on alone, or, where the public sees what was changed, both do.
 *
 * From the opening of the directory to its closing: as a daemon that starts, rebuilds and ends.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/materialise.h"
#include "daemon/rebuild.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/redis.h"
#include "lib/revision.h"
#include "tests/faults/faults.h"

static struct config config;
static struct names names;
static PGconn *db; /* the test's own */
static redisContext *redis;
static const struct doubt no_doubt = {MISSED_NOTHING, REVISION_NONE};

static struct rebuild_report rebuilt;
static struct fetch_report fetched;
static struct err opening; /* "": the directory was opened, and there was memory for a rebuilder */

/* --- The work --------------------------------------------------------------------------------- */

static void with_rebuilder(void (*work)(struct rebuilder *r))
{
    struct snapshot_head heads[AUDIENCE_COUNT];
    struct materialiser *m = materialiser_open(&config, heads, &opening);
    struct rebuilder *r = m ? rebuilder_new(&config, &names, m, &opening) : NULL;

    if (r) {
        opening.text[0] = '\0';
        work(r);
        rebuilder_settle(r);
        materialiser_prune(m);
    }
    rebuilder_free(r);
    materialiser_close(m);
}

static void rebuild_by(struct rebuilder *r)
{
    rebuilder_rebuild(r, &no_doubt, &rebuilt);
}

static void fetch_by(struct rebuilder *r)
{
    rebuilder_fetch(r, &(struct observation){0}, &fetched);
}

static void rebuild(void)
{
    with_rebuilder(rebuild_by);
    EXPECT(opening.text[0] || rebuilt.result != REBUILD_FAILED || rebuilt.err.text[0],
           "a failure that says nothing");
}

static void fetch(void)
{
    with_rebuilder(fetch_by);
    EXPECT(opening.text[0] || fetched.result <= FETCH_NONE || fetched.err.text[0],
           "a failure that says nothing");
}

/* While there are faults, none is waited for as long as an administrator would. */
static void hurried(void (*work)(void))
{
    int64_t usual = config.connect_deadline;

    config.connect_deadline = 500;
    work();
    config.connect_deadline = usual;
}

static void rebuild_hurried(void)
{
    hurried(rebuild);
}

static void fetch_hurried(void)
{
    hurried(fetch);
}

/* --- What must hold ----------------------------------------------------------------------------- */

static int64_t select_number(const char *sql)
{
    PGresult *result = PQexec(db, sql);
    int64_t n;

    EXPECT(PQresultStatus(result) == PGRES_TUPLES_OK, "%s", PQerrorMessage(db));
    n = atoll(PQgetvalue(result, 0, 0));
    PQclear(result);
    return n;
}

static void change_something(void)
{
    PGresult *result = PQexec(db, "INSERT INTO scoreboard.outbox (reason) VALUES ('test')");

    EXPECT(PQresultStatus(result) == PGRES_COMMAND_OK, "%s", PQerrorMessage(db));
    PQclear(result);
}

/* Besides revisions there is nothing: no half of one, no link that was not swapped; nor more of them than
 * are kept. */
static void expect_no_leftovers(const char *folder, const char *const allowed[])
{
    char path[PATH_MAX];
    struct dirent *entry;
    DIR *entries;
    int64_t revision, revisions = 0;

    snprintf(path, sizeof path, "%s/%s", config.directory, folder);
    entries = opendir(path);
    EXPECT(entries, "%s: %s", path, strerror(errno));
    while ((entry = readdir(entries))) {
        const char *const *known = allowed;

        while (*known && strcmp(*known, entry->d_name) != 0)
            known++;
        EXPECT(*known || revision_parse(entry->d_name, strlen(entry->d_name), &revision),
               "%s/%s is left", path, entry->d_name);
        revisions += *known == NULL;
    }
    EXPECT(revisions <= config.keep_min + 1, "%" PRId64 " revisions in %s", revisions, path);
    closedir(entries);
}

/* The boards' checksums, which must be the same each time: nothing has changed but the outbox. */
static uint64_t boards_sum(enum audience audience, int64_t revision)
{
    struct buffer text = {0};
    struct snapshot s;
    char path[PATH_MAX];
    struct err err;
    uint64_t sum = 0;

    snapshot_init(&s, 0);
    EXPECT(snapshot_path(path, config.directory, audience, revision, "manifest.json"), "too long");
    EXPECT(file_read(&text, path, &err) == 0, "%s: %s", path, err.text);
    EXPECT(snapshot_parse_manifest(&s, text.data, text.len, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < s.nfiles; i++) {
        struct buffer file = {0};

        EXPECT(snapshot_path(path, config.directory, audience, revision, s.files[i].name),
               "too long");
        EXPECT(file_read(&file, path, &err) == 0, "%s: %s", path, err.text);
        buffer_append(&s.bytes, file.data, file.len);
        buffer_release(&file);
        if (strstr(s.files[i].name, ".gz"))
            sum += s.files[i].crc32;
    }
    EXPECT(snapshot_check_bytes(&s, &err) == 0, "%s", err.text);
    snapshot_release(&s);
    buffer_release(&text);
    return sum;
}

/* While something is withheld PostgreSQL knows which of the public's boards stand. */
static void expect_shown(void)
{
    int64_t shown = select_number("SELECT coalesce(shown_rev, rev) FROM scoreboard.state");

    EXPECT(snapshot_current(config.directory, AUDIENCE_PUBLIC) == shown, "not %" PRId64, shown);
}

/* Of the newest line, which is the staff's in a freeze, and of the public's if that is another. */
static void expect_boards(void)
{
    static const char *const in_directory[] = {".",      "..",    "lock", "current",
                                               "boards", "staff", NULL};
    static const char *const none[] = {".", "..", NULL};
    static const char *const in_staffs[] = {".", "..", "current", "boards", NULL};
    static uint64_t expected[AUDIENCE_COUNT];
    int64_t newest = REVISION_NONE;

    expect_no_leftovers("", in_directory);
    expect_no_leftovers("boards", none);
    expect_no_leftovers("staff", in_staffs);
    expect_no_leftovers("staff/boards", none);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        int64_t revision = snapshot_current(config.directory, a);

        if (revision == REVISION_NONE)
            continue;
        newest = revision > newest ? revision : newest;
        if (expected[a] == 0)
            expected[a] = boards_sum(a, revision);
        EXPECT(boards_sum(a, revision) == expected[a], "other boards");
    }
    EXPECT(newest == select_number("SELECT rev FROM scoreboard.state"), "%" PRId64, newest);
    expect_shown();
}

static void expect_lock_free(void)
{
    struct err err;
    redisReply *reply = redis_call(redis, &err, "EXISTS %s", names.lock);

    EXPECT(reply, "%s", err.text);
    EXPECT(reply->integer == 0, "the lock is held");
    freeReplyObject(reply);
}

static void forget_lock(void)
{
    struct err err;

    EXPECT(redis_do(redis, &err, "DEL %s", names.lock) == 0, "%s", err.text);
}

/* Where its answer was lost, or the call that gives it back, the lock's time to live frees it. */
static void check_rebuild(void)
{
    forget_lock();
    rebuild();
    EXPECT(!opening.text[0], "%s", opening.text);
    EXPECT(rebuilt.result == REBUILD_STORED || rebuilt.result == REBUILD_CLEAN, "%s: %s",
           rebuild_result_names[rebuilt.result], rebuilt.err.text);
    if (rebuilt.result == REBUILD_CLEAN)
        fetch(); /* stored, but not on this node's disk */
    EXPECT(select_number("SELECT count(*) FROM scoreboard.outbox") == 0, "the outbox has rows");
    expect_lock_free();
    expect_boards();
}

static void check_fetch(void)
{
    fetch();
    EXPECT(!opening.text[0], "%s", opening.text);
    EXPECT(fetched.result == FETCH_DONE || fetched.result == FETCH_NONE, "%s", fetched.err.text);
    expect_boards();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    return ftw->level > 0 ? remove(path) : 0;
}

static void empty_directory(void)
{
    nftw(config.directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- The program -------------------------------------------------------------------------------- */

static void open_all(const char *path)
{
    struct err err;

    EXPECT(config_load(&config, path, &err) == 0, "%s", err.text);
    names_init(&names, config.instance);
    config.keep_bytes = config.keep_age = 0;
    db = PQconnectdb("");
    EXPECT(PQstatus(db) == CONNECTION_OK, "%s", PQerrorMessage(db));
    redis = redisConnectUnix(getenv("SB_REDIS_SOCKET")); /* as the user who may do everything */
    EXPECT(redis && redis->err == 0, "no Redis at SB_REDIS_SOCKET");
}

static void close_all(void)
{
    PQfinish(db);
    redisFree(redis);
    config_release(&config);
}

int main(int argc, char **argv)
{
    static const struct work rebuilds = {"rebuild", change_something, rebuild_hurried,
                                         check_rebuild};
    static const struct work fetches = {"fetch", empty_directory, fetch_hurried, check_fetch};

    if (argc < 3) {
        fputs("usage: rebuild CONFIG rebuild|fetch [STEP [CALL...]]\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    log_open("rebuild", LOG_LEVEL_ERROR);
    open_all(argv[1]);
    faults_try(strcmp(argv[2], "fetch") == 0 ? &fetches : &rebuilds, argc - 2, argv + 2);
    close_all();
    return 0;
}
