#include "lib/snapshot.h"

#include <inttypes.h>

#include "lib/revision.h"
#include "tests/unit/scratch.h"

#define REVISION INT64_C(1772215200431)

static void point_current_to(const char *target)
{
    const char *link = scratch_path("current");

    unlink(link);
    if (target)
        assert_int_equal(symlink(target, link), 0);
}

static void current_names_the_revision(void **state)
{
    (void)state;
    point_current_to("boards/1772215200431");
    assert_int_equal(snapshot_current(scratch_dir, AUDIENCE_PUBLIC), REVISION);
}

static void anything_else_is_no_revision(void **state)
{
    static const char *const targets[] = {
        "boards/",
        "boards/0",
        "boards/01",
        "boards/1/",
        "boards",
        "boards/../../1",
        "boards/17x",
        "/tmp/boards/17",
        "17",
        "Boards/17",
        "boards/-1",
        "boards/9007199254740992",
        "board/17",
        "boards/17/../18",
        "boards/tmp.x",
        "boards/1111111111111111111111111111111111111111111111111111111111111111111111111111",
    };

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        point_current_to(targets[i]);
        if (snapshot_current(scratch_dir, AUDIENCE_PUBLIC) != REVISION_NONE)
            fail_msg("%s was taken", targets[i]);
    }
    point_current_to(NULL);
    assert_int_equal(snapshot_current(scratch_dir, AUDIENCE_PUBLIC), REVISION_NONE);
    assert_int_equal(snapshot_current("/nowhere", AUDIENCE_PUBLIC), REVISION_NONE);
    scratch_write("current", "boards/17");
    assert_int_equal(snapshot_current(scratch_dir, AUDIENCE_PUBLIC), REVISION_NONE);
    point_current_to(NULL);
}

static const struct document_name timeline = {AUDIENCE_PUBLIC, DIVISION_ALL, BOARD_TIMELINE};
static const struct document_name teams_of_3 = {AUDIENCE_STAFF, 3, BOARD_LEADERBOARD_TEAMS};

#define DICTIONARY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_"

/* --- Names of files --------------------------------------------------------------------------- */

static void each_document_has_its_files(void **state)
{
    char file[SNAPSHOT_FILE_MAX];

    (void)state;
    snapshot_gzip_file(file, &timeline);
    assert_string_equal(file, "public/all/timeline.json.gz");
    snapshot_gzip_file(file, &teams_of_3);
    assert_string_equal(file, "staff/3/leaderboard-teams.json.gz");
    snapshot_delta_file(file, &timeline, DICTIONARY);
    assert_string_equal(file, "public/all/timeline." DICTIONARY ".dcz");
}

static void a_file_is_told_by_its_name(void **state)
{
    char dictionary[DICTIONARY_NAME_MAX];
    struct document_name document;

    (void)state;
    assert_true(snapshot_file_parse("staff/3/leaderboard-teams.json.gz", &document, dictionary));
    assert_int_equal(document.audience, AUDIENCE_STAFF);
    assert_int_equal(document.division, 3);
    assert_int_equal(document.board, BOARD_LEADERBOARD_TEAMS);
    assert_string_equal(dictionary, "");
    assert_true(
        snapshot_file_parse("public/all/timeline." DICTIONARY ".dcz", &document, dictionary));
    assert_int_equal(document.division, DIVISION_ALL);
    assert_int_equal(document.board, BOARD_TIMELINE);
    assert_string_equal(dictionary, DICTIONARY);
}

static void whatever_else_is_no_file(void **state)
{
    static const char *const names[] = {
        "",
        "manifest.json",
        "public/all/timeline",
        "public/all/timeline.json",
        "public/all/timeline.json.gz/",
        "/public/all/timeline.json.gz",
        "../public/all/timeline.json.gz",
        "public/../timeline.json.gz",
        "public/all/../timeline.json.gz",
        "public//timeline.json.gz",
        "public/0/timeline.json.gz",
        "public/03/timeline.json.gz",
        "public/-1/timeline.json.gz",
        "public/9007199254740992/timeline.json.gz",
        "private/all/timeline.json.gz",
        "public/all/other.json.gz",
        "public/all/timeline..dcz",
        "public/all/timeline.AAAA.dcz",
        "public/all/timeline.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/..dcz",
    };
    char dictionary[DICTIONARY_NAME_MAX];
    struct document_name document;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (snapshot_file_parse(names[i], &document, dictionary))
            fail_msg("%s was taken", names[i]);
}

static void a_path_has_a_bound(void **state)
{
    char path[PATH_MAX], *longest = malloc(PATH_MAX + 1);

    (void)state;
    assert_true(
        snapshot_path(path, "/d", AUDIENCE_PUBLIC, REVISION_LAST, "public/all/timeline.json.gz"));
    assert_string_equal(path, "/d/boards/9007199254740991/public/all/timeline.json.gz");
    memset(longest, 'd', PATH_MAX);
    longest[PATH_MAX] = '\0';
    assert_false(snapshot_path(path, longest, AUDIENCE_PUBLIC, 17, "manifest.json"));
    free(longest);
}

/* --- Manifests -------------------------------------------------------------------------------- */

#define DELTA "public/all/leaderboard." DICTIONARY ".dcz"

static void fill(struct snapshot *s)
{
    char file[SNAPSHOT_FILE_MAX];

    snapshot_init(s, 0);
    s->head = (struct snapshot_head){
        .revision = REVISION,
        .event = {.reason = "submission_correct", .ts = INT64_C(1772215200000000)},
        .read_at = INT64_C(1772215200431000),
        .took = 12};
    for (enum board board = 0; board < BOARD_COUNT; board++) {
        snapshot_gzip_file(file, &(struct document_name){AUDIENCE_PUBLIC, DIVISION_ALL, board});
        snapshot_add_file(s, file, "zzzzz", board);
    }
    snapshot_add_file(s, DELTA, "delta", 5);
}

static const char *in_revision(const char *name)
{
    char path[200];

    snprintf(path, sizeof path, "boards/%" PRId64 "/%s", REVISION, name);
    return scratch_path(path);
}

static void write_file(const char *path, const char *data, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_manifest(const char *text)
{
    write_file(in_revision("manifest.json"), text, strlen(text));
}

static char *manifest_of(const struct snapshot *s)
{
    struct buffer manifest = {0};

    snapshot_format_manifest(&manifest, s);
    buffer_append_char(&manifest, '\0');
    assert_false(buffer_failed(&manifest));
    return manifest.data;
}

/* The snapshot in the scratch directory, whole; returns its manifest's text, to be freed. */
static char *write_snapshot(void)
{
    struct snapshot s;
    char *text;

    fill(&s);
    mkdir(scratch_path("boards"), 0700);
    mkdir(in_revision(""), 0700);
    mkdir(in_revision("public"), 0700);
    mkdir(in_revision("public/all"), 0700);
    for (size_t i = 0; i < s.nfiles; i++)
        write_file(in_revision(s.files[i].name), s.bytes.data + s.files[i].at, s.files[i].size);
    text = manifest_of(&s);
    write_manifest(text);
    snapshot_release(&s);
    return text;
}

static void assert_refused(const char *why)
{
    struct snapshot_head head = {.revision = 42};
    int64_t bytes = 42;
    struct err err;

    assert_int_equal(
        snapshot_read_manifest(scratch_dir, AUDIENCE_PUBLIC, REVISION, &head, &bytes, &err), -1);
    if (!strstr(err.text, why) || !strstr(err.text, in_revision("manifest.json")))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    assert_int_equal(head.revision, 42);
    assert_int_equal(bytes, 42);
}

static void a_manifest_is_written_byte_for_byte(void **state)
{
    char *text = write_snapshot();

    (void)state;
    assert_string_equal(
        text, "{\"format\":2,\"revision\":1772215200431,"
              "\"event\":{\"scope\":\"all\",\"reason\":\"submission_correct\","
              "\"ts\":\"2026-02-27T18:00:00Z\"},"
              "\"read_at\":1772215200431000,\"took\":12,\"files\":["
              "{\"name\":\"public/all/leaderboard.json.gz\",\"size\":0,\"crc32\":0},"
              "{\"name\":\"public/all/leaderboard-teams.json.gz\",\"size\":1,\"crc32\":1657960367},"
              "{\"name\":\"public/all/timeline.json.gz\",\"size\":2,\"crc32\":618208161},"
              "{\"name\":\"public/all/timeline-teams.json.gz\",\"size\":3,\"crc32\":3274128842},"
              "{\"name\":\"public/all/ctftime.json.gz\",\"size\":4,\"crc32\":429947708},"
              "{\"name\":\"" DELTA "\",\"size\":5,\"crc32\":2521038553}]}\n");
    free(text);
}

static void a_whole_snapshot_is_read_back(void **state)
{
    struct snapshot_head head;
    int64_t bytes;
    struct err err;

    (void)state;
    free(write_snapshot());
    if (snapshot_read_manifest(scratch_dir, AUDIENCE_PUBLIC, REVISION, &head, &bytes, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(head.revision, REVISION);
    assert_string_equal(head.event.reason, "submission_correct");
    assert_int_equal(head.event.ts, INT64_C(1772215200000000));
    assert_int_equal(head.read_at, INT64_C(1772215200431000));
    assert_int_equal(head.took, 12);
    assert_int_equal(bytes, 0 + 1 + 2 + 3 + 4 + 5);
}

static void a_snapshot_that_lacks_something_does_not_hold(void **state)
{
    (void)state;
    free(write_snapshot());
    assert_int_equal(truncate(in_revision("public/all/timeline.json.gz"), 1), 0);
    assert_refused("public/all/timeline.json.gz has 1 bytes, not 2");

    free(write_snapshot());
    assert_int_equal(unlink(in_revision(DELTA)), 0);
    assert_refused(DELTA ": No such file or directory");

    free(write_snapshot());
    assert_int_equal(unlink(in_revision("manifest.json")), 0);
    assert_refused("No such file or directory");
}

static void a_damaged_manifest_does_not_hold(void **state)
{
    char *text = write_snapshot();

    (void)state;
    for (size_t len = 0; len < strlen(text) - 2; len++) { /* cut anywhere, as by a full disk */
        char *cut = strndup(text, len);

        write_manifest(cut);
        assert_refused("not JSON");
        free(cut);
    }
    free(text);
}

static void assert_refused_after(const char *from, const char *to, const char *why)
{
    char *text = write_snapshot(), *at = strstr(text, from), changed[4096];

    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    write_manifest(changed);
    assert_refused(why);
    free(text);
}

static void a_manifest_of_something_else_does_not_hold(void **state)
{
    (void)state;
    assert_refused_after("\"format\":2", "\"format\":1", "not of format 2");
    assert_refused_after("\"format\":2", "\"format\":\"2\"", "not of format 2");
    assert_refused_after("\"revision\":1772215200431", "\"revision\":1772215200432",
                         "not of revision 1772215200431");
    assert_refused_after("\"revision\":1", "\"revision\":-1", "without a revision");
    assert_refused_after("submission_correct", "Bad Reason", "event, read_at or took");
    assert_refused_after("\"event\":", "\"even\":", "event, read_at or took");
    assert_refused_after("\"read_at\":1", "\"read_at\":-1", "event, read_at or took");
    assert_refused_after("\"took\":12", "\"took\":1.5", "event, read_at or took");
    assert_refused_after("\"took\":12", "\"took\":1e300", "event, read_at or took");
    assert_refused_after("\"files\":[", "\"file\":[", "it does not name all boards");
    assert_refused_after("public/all/timeline.json.gz", "public/1/timeline.json.gz",
                         "it does not name all boards");
    assert_refused_after("public/all/timeline.json.gz", "../../all/timeline.json.gz",
                         "\"../../all/timeline.json.gz\" is no file of a snapshot");
    assert_refused_after("\"size\":2", "\"size\":null",
                         "it does not say size and crc32 of public/all/timeline.json.gz");
    assert_refused_after("\"crc32\":0", "\"crc32\":4294967296",
                         "it does not say size and crc32 of public/all/leaderboard.json.gz");
}

static void a_manifest_without_end_is_not_read(void **state)
{
    size_t size = 2 << 20;
    char *text = malloc(size + 1);

    (void)state;
    free(write_snapshot());
    memset(text, ' ', size);
    text[size] = '\0';
    write_manifest(text);
    assert_refused("too large");
    free(text);
}

/* --- In memory -------------------------------------------------------------------------------- */

static void bytes_are_held_against_the_manifest(void **state)
{
    struct snapshot s, read;
    struct err err;
    char *text;

    (void)state;
    fill(&s);
    text = manifest_of(&s);
    snapshot_init(&read, 0);
    assert_int_equal(snapshot_parse_manifest(&read, text, strlen(text), &err), 0);
    assert_int_equal(read.nfiles, s.nfiles);
    buffer_append(&read.bytes, s.bytes.data, s.bytes.len);
    assert_int_equal(snapshot_check_bytes(&read, &err), 0);

    read.bytes.data[read.bytes.len - 1] ^= 1;
    assert_int_equal(snapshot_check_bytes(&read, &err), -1);
    assert_string_equal(err.text, DELTA " is damaged");
    read.bytes.len--;
    assert_int_equal(snapshot_check_bytes(&read, &err), -1);
    assert_string_equal(err.text, DELTA " is cut off");
    read.bytes.len++;
    read.bytes.data[read.bytes.len - 1] ^= 1;
    buffer_append_char(&read.bytes, 'x');
    assert_int_equal(snapshot_check_bytes(&read, &err), -1);
    assert_string_equal(err.text, "there is more than the manifest tells of");
    snapshot_release(&read);
    snapshot_release(&s);
    free(text);
}

static void clear_forgets_the_files_and_keeps_the_bound(void **state)
{
    struct snapshot s;

    (void)state;
    snapshot_init(&s, 4);
    s.head.revision = 17;
    snapshot_add_file(&s, "public/all/timeline.json.gz", "12345", 5);
    assert_true(buffer_failed(&s.bytes));
    snapshot_clear(&s);
    assert_int_equal(s.head.revision, REVISION_NONE);
    assert_int_equal(s.nfiles, 0);
    snapshot_add_file(&s, "public/all/timeline.json.gz", "1234", 4);
    assert_false(buffer_failed(&s.bytes));
    snapshot_release(&s);
    snapshot_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(current_names_the_revision),
        cmocka_unit_test(anything_else_is_no_revision),
        cmocka_unit_test(each_document_has_its_files),
        cmocka_unit_test(a_file_is_told_by_its_name),
        cmocka_unit_test(whatever_else_is_no_file),
        cmocka_unit_test(a_path_has_a_bound),
        cmocka_unit_test(a_manifest_is_written_byte_for_byte),
        cmocka_unit_test(a_whole_snapshot_is_read_back),
        cmocka_unit_test(a_snapshot_that_lacks_something_does_not_hold),
        cmocka_unit_test(a_damaged_manifest_does_not_hold),
        cmocka_unit_test(a_manifest_of_something_else_does_not_hold),
        cmocka_unit_test(a_manifest_without_end_is_not_read),
        cmocka_unit_test(bytes_are_held_against_the_manifest),
        cmocka_unit_test(clear_forgets_the_files_and_keeps_the_bound),
    };

    return cmocka_run_group_tests_name("snapshot", tests, scratch_make, scratch_remove);
}
