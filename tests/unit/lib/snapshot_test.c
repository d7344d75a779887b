#include "lib/snapshot.h"

#include <inttypes.h>

#include "lib/deltas.h"
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
    assert_int_equal(snapshot_current(scratch_dir), REVISION);
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
        if (snapshot_current(scratch_dir) != REVISION_NONE)
            fail_msg("%s was taken", targets[i]);
    }
    point_current_to(NULL);
    assert_int_equal(snapshot_current(scratch_dir), REVISION_NONE);
    assert_int_equal(snapshot_current("/nowhere"), REVISION_NONE);
    scratch_write("current", "boards/17");
    assert_int_equal(snapshot_current(scratch_dir), REVISION_NONE);
    point_current_to(NULL);
}

static void each_board_has_its_path(void **state)
{
    char path[PATH_MAX], *longest = malloc(PATH_MAX + 1);

    (void)state;
    assert_true(snapshot_path(path, "/d", 17, BOARD_LEADERBOARD, false));
    assert_string_equal(path, "/d/boards/17/public/all/leaderboard.json");
    assert_true(snapshot_path(path, "/d", REVISION_LAST, BOARD_LEADERBOARD_TEAMS, true));
    assert_string_equal(path, "/d/boards/9007199254740991/public/all/leaderboard-teams.json.gz");
    assert_true(snapshot_path(path, "", 1, BOARD_TIMELINE, true));
    assert_string_equal(path, "/boards/1/public/all/timeline.json.gz");
    assert_true(snapshot_delta_path(path, "/d", 17, BOARD_TIMELINE, "name"));
    assert_string_equal(path, "/d/boards/17/public/all/timeline.name.dcz");
    assert_true(snapshot_path(path, ".", 1, BOARD_TIMELINE_TEAMS, false));
    assert_string_equal(path, "./boards/1/public/all/timeline-teams.json");

    memset(longest, 'd', PATH_MAX);
    longest[PATH_MAX] = '\0';
    assert_false(snapshot_path(path, longest, 17, BOARD_TIMELINE, false));
    free(longest);
}

/* --- Manifests -------------------------------------------------------------------------------- */

static void fill(struct snapshot *s)
{
    snapshot_init(s, 0);
    s->head = (struct snapshot_head){
        .revision = REVISION,
        .event = {.reason = "submission_correct", .ts = INT64_C(1772215200000000)},
        .read_at = INT64_C(1772215200431000),
        .took = 12};
    for (int board = 0; board < BOARD_COUNT; board++) {
        buffer_printf(&s->json[board], "{\"board\":%d}", board);
        for (int i = 0; i < board; i++)
            buffer_append_text(&s->gzip[board], "z");
    }
}

static const char *in_revision(const char *name)
{
    char path[200];

    snprintf(path, sizeof path, "boards/%" PRId64 "/%s", REVISION, name);
    return scratch_path(path);
}

static void write_file(const char *path, const struct buffer *content)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    if (content->len > 0)
        assert_int_equal(fwrite(content->data, 1, content->len, file), content->len);
    assert_int_equal(fclose(file), 0);
}

static void write_boards(const struct snapshot *s)
{
    char path[PATH_MAX];

    mkdir(scratch_path("boards"), 0700);
    mkdir(in_revision(""), 0700);
    mkdir(in_revision("public"), 0700);
    mkdir(in_revision("public/all"), 0700);
    for (int board = 0; board < BOARD_COUNT; board++) {
        assert_true(snapshot_path(path, scratch_dir, REVISION, (enum board)board, false));
        write_file(path, &s->json[board]);
        assert_true(snapshot_path(path, scratch_dir, REVISION, (enum board)board, true));
        write_file(path, &s->gzip[board]);
    }
}

#define DELTA "public/all/leaderboard.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.dcz"

static void add_delta(struct snapshot *s)
{
    static const unsigned char digest[DICTIONARY_DIGEST];
    char header[DELTA_HEADER];
    struct buffer delta = {0};

    delta_header(header, digest);
    buffer_append(&delta, header, sizeof header);
    buffer_append_text(&delta, "zz");
    deltas_append(&s->deltas[BOARD_LEADERBOARD], &delta);
    write_file(in_revision(DELTA), &delta);
    buffer_release(&delta);
}

static void write_manifest(const char *text)
{
    struct buffer content = {0};

    buffer_append_text(&content, text);
    write_file(in_revision("manifest.json"), &content);
    buffer_release(&content);
}

/* The snapshot in the scratch directory, whole; returns its manifest's text, to be freed. */
static char *write_snapshot_with(void (*add)(struct snapshot *))
{
    struct buffer manifest = {0};
    struct snapshot s;

    fill(&s);
    write_boards(&s);
    if (add)
        add(&s);
    snapshot_format_manifest(&manifest, &s);
    buffer_append_char(&manifest, '\0');
    assert_false(buffer_failed(&manifest));
    write_manifest(manifest.data);
    snapshot_release(&s);
    return manifest.data;
}

static char *write_snapshot(void)
{
    return write_snapshot_with(NULL);
}

static void assert_refused(const char *why)
{
    struct snapshot_head head = {.revision = 42};
    struct err err;

    assert_int_equal(snapshot_read_manifest(scratch_dir, REVISION, &head, &err), -1);
    if (!strstr(err.text, why) || !strstr(err.text, in_revision("manifest.json")))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    assert_int_equal(head.revision, 42);
}

static void a_manifest_is_written_byte_for_byte(void **state)
{
    char *text = write_snapshot();

    (void)state;
    assert_string_equal(text, "{\"format\":1,\"revision\":1772215200431,"
                              "\"event\":{\"scope\":\"all\",\"reason\":\"submission_correct\","
                              "\"ts\":\"2026-02-27T18:00:00Z\"},"
                              "\"read_at\":1772215200431000,\"took\":12,\"files\":["
                              "{\"name\":\"public/all/leaderboard.json\",\"size\":11},"
                              "{\"name\":\"public/all/leaderboard.json.gz\",\"size\":0},"
                              "{\"name\":\"public/all/leaderboard-teams.json\",\"size\":11},"
                              "{\"name\":\"public/all/leaderboard-teams.json.gz\",\"size\":1},"
                              "{\"name\":\"public/all/timeline.json\",\"size\":11},"
                              "{\"name\":\"public/all/timeline.json.gz\",\"size\":2},"
                              "{\"name\":\"public/all/timeline-teams.json\",\"size\":11},"
                              "{\"name\":\"public/all/timeline-teams.json.gz\",\"size\":3},"
                              "{\"name\":\"public/all/ctftime.json\",\"size\":11},"
                              "{\"name\":\"public/all/ctftime.json.gz\",\"size\":4}]}\n");
    free(text);
}

static void a_whole_snapshot_is_read_back(void **state)
{
    struct snapshot_head head;
    struct err err;

    (void)state;
    free(write_snapshot());
    if (snapshot_read_manifest(scratch_dir, REVISION, &head, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(head.revision, REVISION);
    assert_string_equal(head.event.reason, "submission_correct");
    assert_int_equal(head.event.ts, INT64_C(1772215200000000));
    assert_int_equal(head.read_at, INT64_C(1772215200431000));
    assert_int_equal(head.took, 12);
}

static void a_snapshot_that_lacks_something_does_not_hold(void **state)
{
    (void)state;
    free(write_snapshot());
    assert_int_equal(truncate(in_revision("public/all/timeline.json"), 5), 0);
    assert_refused("public/all/timeline.json has 5 bytes, not 11");

    free(write_snapshot());
    assert_int_equal(unlink(in_revision("public/all/leaderboard-teams.json.gz")), 0);
    assert_refused("public/all/leaderboard-teams.json.gz: No such file or directory");

    free(write_snapshot());
    assert_int_equal(unlink(in_revision("manifest.json")), 0);
    assert_refused("No such file or directory");
}

static void a_delta_that_is_cut_or_missing_does_not_hold(void **state)
{
    struct snapshot_head head;
    struct err err;

    (void)state;
    free(write_snapshot_with(add_delta));
    assert_int_equal(snapshot_read_manifest(scratch_dir, REVISION, &head, &err), 0);
    assert_int_equal(truncate(in_revision(DELTA), 41), 0);
    assert_refused(DELTA " has 41 bytes, not 42");
    assert_int_equal(unlink(in_revision(DELTA)), 0);
    assert_refused(DELTA ": No such file or directory");
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
    assert_refused_after("\"format\":1", "\"format\":2", "not of format 1");
    assert_refused_after("\"format\":1", "\"format\":\"1\"", "not of format 1");
    assert_refused_after("\"revision\":1772215200431", "\"revision\":1772215200432",
                         "not of revision 1772215200431");
    assert_refused_after("submission_correct", "Bad Reason", "event, read_at or took");
    assert_refused_after("\"event\":", "\"even\":", "event, read_at or took");
    assert_refused_after("\"read_at\":1", "\"read_at\":-1", "event, read_at or took");
    assert_refused_after("\"took\":12", "\"took\":1.5", "event, read_at or took");
    assert_refused_after("\"took\":12", "\"took\":1e300", "event, read_at or took");
    assert_refused_after("\"files\":[", "\"file\":[",
                         "it does not name public/all/leaderboard.json");
    assert_refused_after("all/timeline.json\"", "all/other.json\"",
                         "it does not name public/all/timeline.json");
    assert_refused_after("\"size\":11", "\"size\":null",
                         "it does not say how large public/all/leaderboard.json is");
}

static void a_manifest_without_end_is_not_read(void **state)
{
    size_t size = 1 << 20;
    char *text = malloc(size + 1);

    (void)state;
    free(write_snapshot());
    memset(text, ' ', size);
    text[size] = '\0';
    write_manifest(text);
    assert_refused("too large");
    free(text);
}

static void clear_forgets_the_boards_and_keeps_the_bound(void **state)
{
    struct snapshot s;

    (void)state;
    snapshot_init(&s, 4);
    s.head.revision = 17;
    buffer_append_text(&s.json[BOARD_TIMELINE], "12345");
    assert_true(buffer_failed(&s.json[BOARD_TIMELINE]));
    snapshot_clear(&s);
    assert_int_equal(s.head.revision, REVISION_NONE);
    buffer_append_text(&s.json[BOARD_TIMELINE], "1234");
    assert_false(buffer_failed(&s.json[BOARD_TIMELINE]));
    buffer_append_text(&s.gzip[BOARD_TIMELINE], "12345");
    assert_true(buffer_failed(&s.gzip[BOARD_TIMELINE]));
    snapshot_release(&s);
    snapshot_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(current_names_the_revision),
        cmocka_unit_test(anything_else_is_no_revision),
        cmocka_unit_test(each_board_has_its_path),
        cmocka_unit_test(a_manifest_is_written_byte_for_byte),
        cmocka_unit_test(a_whole_snapshot_is_read_back),
        cmocka_unit_test(a_snapshot_that_lacks_something_does_not_hold),
        cmocka_unit_test(a_delta_that_is_cut_or_missing_does_not_hold),
        cmocka_unit_test(a_damaged_manifest_does_not_hold),
        cmocka_unit_test(a_manifest_of_something_else_does_not_hold),
        cmocka_unit_test(a_manifest_without_end_is_not_read),
        cmocka_unit_test(clear_forgets_the_boards_and_keeps_the_bound),
    };

    return cmocka_run_group_tests_name("snapshot", tests, scratch_make, scratch_remove);
}
