#include "lib/snapshot.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/json.h"
#include "lib/revision.h"

#define MANIFEST_FORMAT 2
#define MANIFEST_MAX    ((size_t)1 << 20) /* a hundred divisions have some 200 KB */

/* --- Documents and their files ---------------------------------------------------------------- */

static const char *const audience_names[AUDIENCE_COUNT] = {"public", "staff"};

const char *const line_folders[AUDIENCE_COUNT] = {"", "/staff"};

const struct board_name board_names[BOARD_COUNT] = {
    [BOARD_LEADERBOARD] = {"/api/leaderboard", "leaderboard"},
    [BOARD_LEADERBOARD_TEAMS] = {"/api/leaderboard/teams", "leaderboard-teams"},
    [BOARD_TIMELINE] = {"/api/timeline", "timeline"},
    [BOARD_TIMELINE_TEAMS] = {"/api/timeline/teams", "timeline-teams"},
    [BOARD_CTFTIME] = {"/api/scoreboard/ctftime", "ctftime"},
};

#define ALL        "all"
#define GZIP_END   ".json.gz"
#define DELTA_END  ".dcz"
#define BASE64_URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

void document_format(char out[DOCUMENT_NAME_MAX], const struct document_name *document)
{
    char division[24] = ALL;

    if (document->division != DIVISION_ALL)
        snprintf(division, sizeof division, "%" PRId64, document->division);
    snprintf(out, DOCUMENT_NAME_MAX, "%s/%s/%s", audience_names[document->audience], division,
             board_names[document->board].name);
}

void snapshot_gzip_file(char out[SNAPSHOT_FILE_MAX], const struct document_name *document)
{
    char name[DOCUMENT_NAME_MAX];

    document_format(name, document);
    snprintf(out, SNAPSHOT_FILE_MAX, "%s" GZIP_END, name);
}

void snapshot_delta_file(char out[SNAPSHOT_FILE_MAX], const struct document_name *document,
                         const char *dictionary)
{
    char name[DOCUMENT_NAME_MAX];

    document_format(name, document);
    snprintf(out, SNAPSHOT_FILE_MAX, "%s.%s" DELTA_END, name, dictionary);
}

/* Moves *at behind `word` and what ends it, if that is what stands there. */
static bool skip_word(const char **at, const char *word, char end)
{
    size_t len = strlen(word);

    if (strncmp(*at, word, len) != 0 || (*at)[len] != end)
        return false;
    *at += len + 1;
    return true;
}

static bool parse_audience(const char **at, enum audience *audience)
{
    for (*audience = 0; *audience < AUDIENCE_COUNT; ++*audience)
        if (skip_word(at, audience_names[*audience], '/'))
            return true;
    return false;
}

static bool parse_division(const char **at, int64_t *division)
{
    size_t len = strcspn(*at, "/");

    *division = DIVISION_ALL;
    if (skip_word(at, ALL, '/'))
        return true;
    if ((*at)[len] != '/' || !revision_parse(*at, len, division)) /* ids have its form */
        return false;
    *at += len + 1;
    return true;
}

static bool parse_board(const char **at, enum board *board)
{
    for (*board = 0; *board < BOARD_COUNT; ++*board)
        if (skip_word(at, board_names[*board].name, '.'))
            return true;
    return false;
}

static bool parse_form(const char *at, char dictionary[DICTIONARY_NAME_MAX])
{
    size_t len = strspn(at, BASE64_URL);

    dictionary[0] = '\0';
    if (strcmp(at, &GZIP_END[1]) == 0)
        return true;
    if (len != DICTIONARY_NAME_MAX - 1 || strcmp(at + len, DELTA_END) != 0)
        return false;
    memcpy(dictionary, at, len);
    dictionary[len] = '\0';
    return true;
}

bool snapshot_file_parse(const char *name, struct document_name *document,
                         char dictionary[DICTIONARY_NAME_MAX])
{
    return parse_audience(&name, &document->audience) &&
           parse_division(&name, &document->division) && parse_board(&name, &document->board) &&
           parse_form(name, dictionary);
}

bool snapshot_path(char out[PATH_MAX], const char *directory, enum audience audience,
                   int64_t revision, const char *file)
{
    return snprintf(out, PATH_MAX, "%s%s/boards/%" PRId64 "/%s", directory, line_folders[audience],
                    revision, file) < PATH_MAX;
}

/* --- In memory -------------------------------------------------------------------------------- */

void snapshot_init(struct snapshot *s, size_t bytes_max)
{
    *s = (struct snapshot){.bytes.max = bytes_max};
}

void snapshot_release(struct snapshot *s)
{
    free(s->files);
    buffer_release(&s->bytes);
    *s = (struct snapshot){.bytes.max = s->bytes.max};
}

void snapshot_clear(struct snapshot *s)
{
    s->head = (struct snapshot_head){0};
    s->nfiles = 0;
    buffer_clear(&s->bytes);
}

bool lines_part(const struct snapshot_head heads[AUDIENCE_COUNT])
{
    int64_t staffs = heads[AUDIENCE_STAFF].revision;

    return staffs != REVISION_NONE && staffs >= heads[AUDIENCE_PUBLIC].revision;
}

const struct snapshot_head *newest_head(const struct snapshot_head heads[AUDIENCE_COUNT])
{
    return &heads[lines_part(heads) ? AUDIENCE_STAFF : AUDIENCE_PUBLIC];
}

/* A file whose bytes are yet to come. NULL: out of memory, which s->bytes remembers. */
static struct snapshot_file *add_file(struct snapshot *s, const char *name)
{
    if (s->nfiles == s->files_cap) {
        size_t cap = s->files_cap > 0 ? 2 * s->files_cap : 16;
        struct snapshot_file *moved = reallocarray(s->files, cap, sizeof *moved);

        if (!moved) {
            s->bytes.failed = true;
            return NULL;
        }
        s->files = moved;
        s->files_cap = cap;
    }
    s->files[s->nfiles] = (struct snapshot_file){0};
    snprintf(s->files[s->nfiles].name, SNAPSHOT_FILE_MAX, "%s", name);
    return &s->files[s->nfiles++];
}

void snapshot_add_file(struct snapshot *s, const char *name, const char *data, size_t size)
{
    struct snapshot_file *file = add_file(s, name);

    if (!file)
        return;
    file->at = s->bytes.len;
    file->size = size;
    file->crc32 = libdeflate_crc32(0, data, size);
    buffer_append(&s->bytes, data, size);
}

/* --- The manifest: written -------------------------------------------------------------------- */

void snapshot_format_manifest(struct buffer *out, const struct snapshot *s)
{
    char event[EVENT_TEXT_MAX];

    event_format(&s->head.event, event);
    buffer_printf(out,
                  "{\"format\":%d,\"revision\":%" PRId64 ",\"event\":%s,\"read_at\":%" PRId64
                  ",\"took\":%" PRId64 ",\"files\":[",
                  MANIFEST_FORMAT, s->head.revision, event, s->head.read_at, s->head.took);
    for (size_t i = 0; i < s->nfiles; i++)
        buffer_printf(out, "%s{\"name\":\"%s\",\"size\":%zu,\"crc32\":%" PRIu32 "}",
                      i > 0 ? "," : "", s->files[i].name, s->files[i].size, s->files[i].crc32);
    buffer_append_text(out, "]}\n");
}

/* --- The manifest: read ----------------------------------------------------------------------- */

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
    struct event_fault ignored;

    return event_read(cJSON_GetObjectItemCaseSensitive(manifest, "event"), 0, event, &ignored);
}

static int read_head(const cJSON *manifest, struct snapshot_head *head, struct err *err)
{
    int64_t format;

    if (!get_int(manifest, "format", &format) || format != MANIFEST_FORMAT)
        return err_set(err, "not of format %d", MANIFEST_FORMAT);
    if (!get_int(manifest, "revision", &head->revision) || head->revision == REVISION_NONE)
        return err_set(err, "without a revision");
    if (!get_event(manifest, &head->event) || !get_int(manifest, "read_at", &head->read_at) ||
        !get_int(manifest, "took", &head->took))
        return err_set(err, "event, read_at or took is missing");
    return 0;
}

static int read_file(struct snapshot *s, const cJSON *item, size_t *end, struct err *err)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
    char dictionary[DICTIONARY_NAME_MAX];
    struct document_name document;
    struct snapshot_file *file;
    int64_t size, crc32;

    if (!name || !snapshot_file_parse(name, &document, dictionary))
        return err_set(err, "\"%.60s\" is no file of a snapshot", name ? name : "");
    if (!get_int(item, "size", &size) || !get_int(item, "crc32", &crc32) || crc32 > UINT32_MAX)
        return err_set(err, "it does not say size and crc32 of %s", name);
    file = add_file(s, name);
    if (!file)
        return err_set(err, "out of memory");
    file->at = *end;
    file->size = (size_t)size;
    file->crc32 = (uint32_t)crc32;
    *end += file->size;
    return 0;
}

static bool has_file(const struct snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->nfiles; i++)
        if (strcmp(s->files[i].name, name) == 0)
            return true;
    return false;
}

static bool has_boards_for(const struct snapshot *s, enum audience audience)
{
    char name[SNAPSHOT_FILE_MAX];

    for (enum board board = 0; board < BOARD_COUNT; board++) {
        snapshot_gzip_file(name, &(struct document_name){audience, DIVISION_ALL, board});
        if (!has_file(s, name))
            return false;
    }
    return true;
}

/* Nothing is shown, or all boards of everybody are there, for one audience at least. */
static bool is_complete(const struct snapshot *s, const cJSON *files)
{
    return cJSON_IsArray(files) && (s->nfiles == 0 || has_boards_for(s, AUDIENCE_PUBLIC) ||
                                    has_boards_for(s, AUDIENCE_STAFF));
}

static int read_manifest(struct snapshot *s, const cJSON *manifest, struct err *err)
{
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(manifest, "files"), *item;
    size_t end = 0;

    if (read_head(manifest, &s->head, err) < 0)
        return -1;
    cJSON_ArrayForEach(item, files)
    {
        if (read_file(s, item, &end, err) < 0)
            return -1;
    }
    if (!is_complete(s, files))
        return err_set(err, "it does not name all boards");
    return 0;
}

int snapshot_parse_manifest(struct snapshot *s, const char *text, size_t len, struct err *err)
{
    cJSON *manifest = json_parse(text, len);
    int status;

    snapshot_clear(s);
    status = manifest ? read_manifest(s, manifest, err) : err_set(err, "not JSON");
    cJSON_Delete(manifest);
    return status;
}

int snapshot_check_bytes(const struct snapshot *s, struct err *err)
{
    size_t end = 0;

    for (size_t i = 0; i < s->nfiles; i++) {
        const struct snapshot_file *file = &s->files[i];

        end = file->at + file->size;
        if (end > s->bytes.len)
            return err_set(err, "%s is cut off", file->name);
        if (libdeflate_crc32(0, s->bytes.data + file->at, file->size) != file->crc32)
            return err_set(err, "%s is damaged", file->name);
    }
    return end == s->bytes.len ? 0 : err_set(err, "there is more than the manifest tells of");
}

/* --- The directory ---------------------------------------------------------------------------- */

int64_t snapshot_current(const char *directory, enum audience audience)
{
    static const char prefix[] = "boards/";
    const size_t prefix_len = sizeof prefix - 1;
    char path[PATH_MAX], target[64];
    int64_t revision;
    ssize_t len;

    if (snprintf(path, sizeof path, "%s%s/current", directory, line_folders[audience]) >=
        (int)sizeof path) {
        errno = ENAMETOOLONG;
        return REVISION_NONE;
    }
    len = readlink(path, target, sizeof target);
    if (len >= 0)
        errno = EINVAL;
    if (len < (ssize_t)prefix_len || memcmp(target, prefix, prefix_len) != 0)
        return REVISION_NONE;
    if (!revision_parse(target + prefix_len, (size_t)len - prefix_len, &revision))
        return REVISION_NONE;
    return revision;
}

static int check_files(const struct snapshot *s, const char *directory, enum audience audience,
                       struct err *err)
{
    char path[PATH_MAX];
    struct stat st;

    for (size_t i = 0; i < s->nfiles; i++) {
        const struct snapshot_file *file = &s->files[i];

        if (!snapshot_path(path, directory, audience, s->head.revision, file->name))
            return err_set(err, "%s: path too long", file->name);
        if (stat(path, &st) < 0)
            return err_set(err, "%s: %s", file->name, strerror(errno));
        if ((size_t)st.st_size != file->size)
            return err_set(err, "%s has %jd bytes, not %zu", file->name, (intmax_t)st.st_size,
                           file->size);
    }
    return 0;
}

static int read_revision(struct snapshot *s, struct buffer *text, const char *path,
                         int64_t revision, struct err *err)
{
    if (file_read(text, path, err) < 0 ||
        snapshot_parse_manifest(s, text->data, text->len, err) < 0)
        return -1;
    if (s->head.revision != revision)
        return err_set(err, "not of revision %" PRId64, revision);
    return 0;
}

int snapshot_read_manifest(const char *directory, enum audience audience, int64_t revision,
                           struct snapshot_head *head, int64_t *bytes, struct err *err)
{
    struct buffer text = {.max = MANIFEST_MAX};
    struct snapshot s;
    char path[PATH_MAX];
    int status = -1;

    if (!snapshot_path(path, directory, audience, revision, "manifest.json"))
        return err_set(err, "%s: path too long", directory);
    snapshot_init(&s, 0);
    if (read_revision(&s, &text, path, revision, err) < 0 ||
        check_files(&s, directory, audience, err) < 0) {
        err_prefix(err, "%s", path);
    } else {
        *head = s.head;
        *bytes = 0;
        for (size_t i = 0; i < s.nfiles; i++)
            *bytes += (int64_t)s.files[i].size;
        status = 0;
    }
    snapshot_release(&s);
    buffer_release(&text);
    return status;
}
