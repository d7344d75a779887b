/*
 * A manifest, and the files that it tells of, in memory and in the directory. Input: a line with the
 * manifest, a line that `current` may point to, then the files' bytes.
 */
#include "lib/snapshot.h"

#include <limits.h>
#include <unistd.h>

#include "lib/revision.h"
#include "tests/fuzz/fuzz.h"

#define KEPT INT64_C(17) /* the one revision of which there are files, of one byte each */

static void make_files(void)
{
    static bool made;
    char file[SNAPSHOT_FILE_MAX], name[PATH_MAX];

    for (enum board board = 0; board < BOARD_COUNT && !made; board++) {
        snapshot_gzip_file(file, &(struct document_name){AUDIENCE_PUBLIC, DIVISION_ALL, board});
        snprintf(name, sizeof name, "boards/%d/%s", (int)KEPT, file);
        fuzz_write(name, "x", 1);
    }
    made = true;
}

/* A name that was taken is the name of a document's file, and leads nowhere else. */
static void check_name(const char *name)
{
    char dictionary[DICTIONARY_NAME_MAX], again[SNAPSHOT_FILE_MAX];
    struct document_name document;

    CHECK(snapshot_file_parse(name, &document, dictionary));
    if (dictionary[0])
        snapshot_delta_file(again, &document, dictionary);
    else
        snapshot_gzip_file(again, &document);
    CHECK(strcmp(again, name) == 0 && !strstr(name, "..") && name[0] != '/');
}

static void check_same(const struct snapshot *a, const struct snapshot *b)
{
    CHECK(a->head.revision == b->head.revision && a->head.took == b->head.took);
    CHECK(a->head.read_at == b->head.read_at && a->head.event.ts == b->head.event.ts);
    CHECK(strcmp(a->head.event.reason, b->head.event.reason) == 0 && a->nfiles == b->nfiles);
    for (size_t i = 0; i < a->nfiles; i++) {
        CHECK(strcmp(a->files[i].name, b->files[i].name) == 0);
        CHECK(a->files[i].at == b->files[i].at && a->files[i].size == b->files[i].size);
        CHECK(a->files[i].crc32 == b->files[i].crc32);
    }
}

static void check_written(const struct snapshot *s)
{
    struct buffer text = {0};
    struct snapshot again;
    struct err err;

    snapshot_init(&again, 0);
    snapshot_format_manifest(&text, s);
    CHECK(!buffer_failed(&text));
    CHECK(snapshot_parse_manifest(&again, text.data, text.len, &err) == 0);
    check_same(s, &again);
    snapshot_release(&again);
    buffer_release(&text);
}

/* Files of these names with these bytes hold, and no others do. */
static void check_bytes(const struct snapshot *names, struct input *in)
{
    struct snapshot s;
    struct err err;

    snapshot_init(&s, 0);
    s.head = names->head;
    for (size_t i = 0; i < names->nfiles; i++) {
        size_t size = input_byte(in) % 32 + 1;
        char *bytes = input_text(in, size);

        snapshot_add_file(&s, names->files[i].name, bytes, strlen(bytes) + 1);
        free(bytes);
    }
    check_written(&s);
    CHECK(snapshot_check_bytes(&s, &err) == 0);
    s.bytes.data[s.bytes.len / 2] ^= 1;
    CHECK(snapshot_check_bytes(&s, &err) < 0);
    s.bytes.data[s.bytes.len / 2] ^= 1;
    s.bytes.len--;
    CHECK(snapshot_check_bytes(&s, &err) < 0);
    snapshot_release(&s);
}

static void check_manifest(const char *text, size_t len, struct input *in)
{
    struct err err = {""};
    struct snapshot s;
    size_t end = 0;

    snapshot_init(&s, 1 << 20);
    if (snapshot_parse_manifest(&s, text, len, &err) < 0) {
        CHECK(err.text[0]);
        snapshot_release(&s);
        return;
    }
    CHECK(s.head.revision > REVISION_NONE && s.head.revision <= REVISION_LAST);
    for (size_t i = 0; i < s.nfiles; i++) {
        check_name(s.files[i].name);
        CHECK(s.files[i].at == end);
        end += s.files[i].size;
    }
    check_written(&s);
    check_bytes(&s, in);
    buffer_append(&s.bytes, in->at, input_left(in));
    (void)!snapshot_check_bytes(&s, &err);
    snapshot_release(&s);
}

/* Of revision 17 there are files for a manifest that names no others. */
static void check_directory(const char *text, size_t len)
{
    struct snapshot_head head = {.revision = 77};
    int64_t bytes = 77, sizes = 0;
    struct err err = {""};
    struct snapshot s;

    make_files();
    fuzz_write("boards/17/manifest.json", text, len);
    if (snapshot_read_manifest(fuzz_directory(), AUDIENCE_PUBLIC, KEPT, &head, &bytes, &err) < 0) {
        CHECK(err.text[0] && head.revision == 77 && bytes == 77);
        return;
    }
    snapshot_init(&s, 0);
    CHECK(snapshot_parse_manifest(&s, text, len, &err) == 0 && head.revision == KEPT);
    for (size_t i = 0; i < s.nfiles; i++) {
        CHECK(s.files[i].size == 1);
        sizes++;
    }
    CHECK(bytes == sizes);
    snapshot_release(&s);
}

static void check_current(const char *target)
{
    char path[PATH_MAX], expected[64];
    int64_t revision;

    snprintf(path, sizeof path, "%s/current", fuzz_directory());
    unlink(path);
    if (symlink(target, path) < 0)
        return;
    revision = snapshot_current(fuzz_directory(), AUDIENCE_PUBLIC);
    snprintf(expected, sizeof expected, "boards/%lld", (long long)revision);
    CHECK(revision == REVISION_NONE || strcmp(target, expected) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    const char *manifest = (const char *)data;
    char *line = input_line(&in), *target = input_line(&in);
    size_t len = strlen(line);

    check_current(target);
    check_directory(manifest, len);
    check_manifest(manifest, len, &in);
    free(line);
    free(target);
    return 0;
}
