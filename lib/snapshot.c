#include "lib/snapshot.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/deltas.h"
#include "lib/revision.h"

#define MANIFEST_FORMAT 1
#define MANIFEST_MAX    (16 * 1024) /* ours have about 1,000 bytes */

const struct board_name board_names[BOARD_COUNT] = {
    [BOARD_LEADERBOARD] = {"/api/leaderboard", "leaderboard", SNAPSHOT_DIVISION "/leaderboard"},
    [BOARD_LEADERBOARD_TEAMS] = {"/api/leaderboard/teams", "leaderboard-teams",
                                 SNAPSHOT_DIVISION "/leaderboard-teams"},
    [BOARD_TIMELINE] = {"/api/timeline", "timeline", SNAPSHOT_DIVISION "/timeline"},
    [BOARD_TIMELINE_TEAMS] = {"/api/timeline/teams", "timeline-teams",
                              SNAPSHOT_DIVISION "/timeline-teams"},
    [BOARD_CTFTIME] = {"/api/scoreboard/ctftime", "ctftime", SNAPSHOT_DIVISION "/ctftime"},
};

/* --- In memory -------------------------------------------------------------------------------- */

void snapshot_init(struct snapshot *s, size_t board_max)
{
    *s = (struct snapshot){0};
    for (int board = 0; board < BOARD_COUNT; board++) {
        s->json[board].max = board_max;
        s->gzip[board].max = board_max;
        s->deltas[board].max = board_max;
    }
}

void snapshot_release(struct snapshot *s)
{
    s->head = (struct snapshot_head){0};
    for (int board = 0; board < BOARD_COUNT; board++) {
        buffer_release(&s->json[board]);
        buffer_release(&s->gzip[board]);
        buffer_release(&s->deltas[board]);
    }
}

void snapshot_clear(struct snapshot *s)
{
    s->head = (struct snapshot_head){0};
    for (int board = 0; board < BOARD_COUNT; board++) {
        buffer_clear(&s->json[board]);
        buffer_clear(&s->gzip[board]);
        buffer_clear(&s->deltas[board]);
    }
}

/* --- The directory ---------------------------------------------------------------------------- */

int64_t snapshot_current(const char *directory)
{
    static const char prefix[] = "boards/";
    const size_t prefix_len = sizeof prefix - 1;
    char path[PATH_MAX], target[64];
    int64_t revision;
    ssize_t len;

    if (snprintf(path, sizeof path, "%s/current", directory) >= (int)sizeof path)
        return REVISION_NONE;
    len = readlink(path, target, sizeof target);
    if (len < (ssize_t)prefix_len || memcmp(target, prefix, prefix_len) != 0)
        return REVISION_NONE;
    if (!revision_parse(target + prefix_len, (size_t)len - prefix_len, &revision))
        return REVISION_NONE;
    return revision;
}

void snapshot_file(char out[SNAPSHOT_FILE_MAX], enum board board, bool gzip)
{
    snprintf(out, SNAPSHOT_FILE_MAX, "%s.json%s", board_names[board].place, gzip ? ".gz" : "");
}

void snapshot_delta_file(char out[SNAPSHOT_FILE_MAX], enum board board, const char *dictionary)
{
    snprintf(out, SNAPSHOT_FILE_MAX, "%s.%s.dcz", board_names[board].place, dictionary);
}

static bool path_of(char out[PATH_MAX], const char *directory, int64_t revision, const char *file)
{
    return snprintf(out, PATH_MAX, "%s/boards/%" PRId64 "/%s", directory, revision, file) <
           PATH_MAX;
}

bool snapshot_path(char out[PATH_MAX], const char *directory, int64_t revision, enum board board,
                   bool gzip)
{
    char file[SNAPSHOT_FILE_MAX];

    snapshot_file(file, board, gzip);
    return path_of(out, directory, revision, file);
}

bool snapshot_delta_path(char out[PATH_MAX], const char *directory, int64_t revision,
                         enum board board, const char *dictionary)
{
    char file[SNAPSHOT_FILE_MAX];

    snapshot_delta_file(file, board, dictionary);
    return path_of(out, directory, revision, file);
}

/* --- The manifest: written -------------------------------------------------------------------- */

static void append_file(struct buffer *out, enum board board, bool gzip, size_t size)
{
    char name[SNAPSHOT_FILE_MAX];

    snapshot_file(name, board, gzip);
    buffer_printf(out, "{\"name\":\"%s\",\"size\":%zu}", name, size);
}

static void append_deltas(struct buffer *out, enum board board, const struct buffer *deltas)
{
    char name[SNAPSHOT_FILE_MAX];
    struct delta_view delta;

    for (size_t at = 0; deltas_next(deltas, &at, &delta);) {
        snapshot_delta_file(name, board, delta.dictionary);
        buffer_printf(out, ",{\"name\":\"%s\",\"size\":%zu}", name, delta.len);
    }
}

void snapshot_format_manifest(struct buffer *out, const struct snapshot *s)
{
    char event[EVENT_TEXT_MAX];

    event_format(&s->head.event, event);
    buffer_printf(out,
                  "{\"format\":%d,\"revision\":%" PRId64 ",\"event\":%s,\"read_at\":%" PRId64
                  ",\"took\":%" PRId64 ",\"files\":[",
                  MANIFEST_FORMAT, s->head.revision, event, s->head.read_at, s->head.took);
    for (enum board board = 0; board < BOARD_COUNT; board++) {
        buffer_append_text(out, board == 0 ? "" : ",");
        append_file(out, board, false, s->json[board].len);
        buffer_append_text(out, ",");
        append_file(out, board, true, s->gzip[board].len);
        append_deltas(out, board, &s->deltas[board]);
    }
    buffer_append_text(out, "]}\n");
}

/* --- The manifest: read ----------------------------------------------------------------------- */

/* The whole of a small file; *len bytes. -1: not there, or too large. */
static int read_small_file(const char *path, char *text, size_t size, size_t *len, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size);
    int reason = errno;

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return err_set(err, "%s", strerror(reason));
    if ((size_t)n == size)
        return err_set(err, "too large");
    *len = (size_t)n;
    return 0;
}

/* An integer that a double holds exactly. */
static bool get_int(const cJSON *object, const char *key, int64_t *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    double number = cJSON_IsNumber(item) ? item->valuedouble : -1;

    if (!(number >= 0 && number <= (double)REVISION_LAST))
        return false;
    *value = (int64_t)number;
    return (double)*value == number;
}

static bool get_event(const cJSON *manifest, struct board_event *event)
{
    char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(manifest, "event"));
    struct event_fault ignored;
    bool ok = text && event_parse(text, strlen(text), 0, event, &ignored);

    cJSON_free(text);
    return ok;
}

static int read_head(const cJSON *manifest, int64_t revision, struct snapshot_head *head,
                     struct err *err)
{
    int64_t format;

    if (!get_int(manifest, "format", &format) || format != MANIFEST_FORMAT)
        return err_set(err, "not of format %d", MANIFEST_FORMAT);
    if (!get_int(manifest, "revision", &head->revision) || head->revision != revision)
        return err_set(err, "not of revision %" PRId64, revision);
    if (!get_event(manifest, &head->event) || !get_int(manifest, "read_at", &head->read_at) ||
        !get_int(manifest, "took", &head->took))
        return err_set(err, "event, read_at or took is missing");
    return 0;
}

static const char *name_of(const cJSON *file)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(file, "name"));

    return name ? name : "";
}

static int check_named(const cJSON *files, enum board board, bool gzip, struct err *err)
{
    char name[SNAPSHOT_FILE_MAX];
    const cJSON *file;

    snapshot_file(name, board, gzip);
    cJSON_ArrayForEach(file, files)
    {
        if (strcmp(name_of(file), name) == 0)
            return 0;
    }
    return err_set(err, "it does not name %s", name);
}

static int check_file(const cJSON *file, const char *directory, struct err *err)
{
    const char *name = name_of(file);
    char path[PATH_MAX];
    struct stat st;
    int64_t size;

    if (!get_int(file, "size", &size))
        return err_set(err, "it does not say how large %s is", name);
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return err_set(err, "%s: path too long", name);
    if (stat(path, &st) < 0)
        return err_set(err, "%s: %s", name, strerror(errno));
    if (st.st_size != size)
        return err_set(err, "%s has %jd bytes, not %" PRId64, name, (intmax_t)st.st_size, size);
    return 0;
}

static int check_files(const cJSON *manifest, const char *directory, struct err *err)
{
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(manifest, "files"), *file;

    for (enum board board = 0; board < BOARD_COUNT; board++)
        if (check_named(files, board, false, err) < 0 || check_named(files, board, true, err) < 0)
            return -1;
    cJSON_ArrayForEach(file, files)
    {
        if (check_file(file, directory, err) < 0)
            return -1;
    }
    return 0;
}

static int parse_manifest(const char *text, size_t len, const char *directory, int64_t revision,
                          struct snapshot_head *head, struct err *err)
{
    cJSON *manifest = cJSON_ParseWithLength(text, len);
    int rc = -1;

    if (!manifest)
        err_set(err, "not JSON");
    else if (read_head(manifest, revision, head, err) == 0)
        rc = check_files(manifest, directory, err);
    cJSON_Delete(manifest);
    return rc;
}

int snapshot_read_manifest(const char *directory, int64_t revision, struct snapshot_head *head,
                           struct err *err)
{
    char folder[PATH_MAX], path[PATH_MAX], text[MANIFEST_MAX];
    struct snapshot_head found = {0};
    size_t len = 0;

    if (snprintf(folder, sizeof folder, "%s/boards/%" PRId64, directory, revision) >=
            (int)sizeof folder ||
        snprintf(path, sizeof path, "%s/manifest.json", folder) >= (int)sizeof path)
        return err_set(err, "%s: path too long", directory);
    if (read_small_file(path, text, sizeof text, &len, err) < 0 ||
        parse_manifest(text, len, folder, revision, &found, err) < 0)
        return err_prefix(err, "%s", path);
    *head = found;
    return 0;
}
