#include "daemon/history.h"

#include <string.h>
#include <zstd.h>

#include "lib/deltas.h"
#include "lib/revision.h"
#include "tests/unit/scratch.h"
#include "tests/unit/unit.h"

#define REVISIONS 6

static const struct document_name board = {AUDIENCE_PUBLIC, DIVISION_ALL, BOARD_LEADERBOARD};

static struct config config;
static struct history_tools tools;
static struct history *history;
static struct buffer texts[REVISIONS], gzip, deltas;
static struct err err;

static int open_history(void **state)
{
    (void)state;
    config = (struct config){
        .directory = scratch_dir, .boards_max = 1 << 20, .deltas = 2, .gzip_level = 1};
    history = history_new(&config, &board);
    return history ? history_tools_init(&tools, &config, &err) : -1;
}

static int close_history(void **state)
{
    (void)state;
    history_free(history);
    history_tools_release(&tools);
    for (int i = 0; i < REVISIONS; i++)
        buffer_release(&texts[i]);
    buffer_release(&gzip);
    buffer_release(&deltas);
    return 0;
}

/* The board of a revision: in each another row has changed. */
static void write_text(struct buffer *b, int64_t revision)
{
    buffer_clear(b);
    for (int64_t row = 0; row < 500; row++)
        buffer_printf(b, "{\"user_id\":%lld,\"username\":\"user %lld\",\"score\":%lld},",
                      (long long)row, (long long)(row * 7919 % 10007),
                      (long long)(row == revision * 50 ? 777 : row));
}

static void tell(int64_t served, int64_t revision)
{
    struct buffer *text = &texts[revision];

    write_text(text, revision);
    assert_int_equal(gzip_compress(tools.gzip, text, &gzip, &err), 0);
    history_tell(history, &tools, served, &(struct edition){revision, text, &gzip}, &deltas);
}

static void settle(int64_t revision)
{
    struct buffer text = {0};

    buffer_append(&text, texts[revision].data, texts[revision].len);
    history_settle(history, revision, &text);
    buffer_release(&text);
}

static bool makes(const struct delta_view *delta, const struct buffer *from,
                  const struct buffer *to)
{
    static char out[1 << 20];
    ZSTD_DCtx *context = ZSTD_createDCtx();
    size_t len;

    ZSTD_DCtx_refPrefix(context, from->data, from->len);
    len = ZSTD_decompressDCtx(context, out, sizeof out, delta->data + DELTA_HEADER,
                              delta->len - DELTA_HEADER);
    ZSTD_freeDCtx(context);
    return len == to->len && memcmp(out, to->data, len) == 0;
}

static size_t count(void)
{
    struct delta_view delta;
    size_t n = 0;

    for (size_t at = 0; deltas_next(&deltas, &at, &delta);)
        n++;
    return n;
}

/* Whether there is one from that revision's text. It must make the text of `revision`. */
static bool is_told_from(int64_t from, int64_t revision)
{
    unsigned char digest[DICTIONARY_DIGEST];
    char name[DICTIONARY_NAME_MAX];
    struct delta_view delta;

    delta_digest(digest, &texts[from]);
    dictionary_name(name, digest);
    for (size_t at = 0; deltas_next(&deltas, &at, &delta);)
        if (strcmp(delta.dictionary, name) == 0)
            return makes(&delta, &texts[from], &texts[revision]);
    return false;
}

static void the_first_board_is_told_from_itself_alone(void **state)
{
    (void)state;
    tell(REVISION_NONE, 1);
    assert_true(is_told_from(1, 1));
    assert_int_equal(count(), 1);
}

static void a_board_is_told_from_as_many_as_are_wanted(void **state)
{
    (void)state;
    for (int64_t revision = 1; revision <= 5; revision++) {
        tell(revision - 1, revision);
        settle(revision);
    }
    assert_true(is_told_from(5, 5));
    assert_true(is_told_from(4, 5));
    assert_true(is_told_from(3, 5));
    assert_int_equal(count(), 3);
}

static void what_was_told_of_and_never_served_is_no_ancestor(void **state)
{
    (void)state;
    tell(REVISION_NONE, 1);
    settle(1);
    tell(1, 2); /* and could not be stored */
    tell(1, 3);
    assert_true(is_told_from(1, 3));
    assert_false(is_told_from(2, 3));
}

static void what_another_node_has_built_is_an_ancestor(void **state)
{
    (void)state;
    tell(REVISION_NONE, 1);
    settle(1);
    write_text(&texts[2], 2);
    settle(2);
    tell(2, 3);
    assert_true(is_told_from(2, 3));
    assert_true(is_told_from(1, 3));
}

static void an_unchanged_board_is_one_dictionary(void **state)
{
    (void)state;
    tell(REVISION_NONE, 1);
    settle(1);
    write_text(&texts[2], 1);
    settle(2);
    tell(2, 3);
    assert_true(is_told_from(1, 3));
    assert_int_equal(count(), 2);
}

static void after_a_start_the_board_is_read_from_the_disk(void **state)
{
    char path[PATH_MAX], file[SNAPSHOT_FILE_MAX];

    (void)state;
    write_text(&texts[1], 1);
    assert_int_equal(gzip_compress(tools.gzip, &texts[1], &gzip, &err), 0);
    mkdir(scratch_path("boards"), 0700);
    mkdir(scratch_path("boards/1"), 0700);
    mkdir(scratch_path("boards/1/public"), 0700);
    mkdir(scratch_path("boards/1/public/all"), 0700);
    snapshot_gzip_file(file, &board);
    assert_true(snapshot_path(path, scratch_dir, AUDIENCE_PUBLIC, 1, file));
    scratch_write_bytes(path + strlen(scratch_dir) + 1, gzip.data, gzip.len);
    tell(1, 2);
    assert_true(is_told_from(1, 2));

    settle(2);
    tell(4, 5); /* whose files are gone */
    assert_int_equal(count(), 1);
}

static void where_none_are_wanted_there_are_none(void **state)
{
    (void)state;
    config.deltas = 0;
    tell(REVISION_NONE, 1);
    settle(1);
    tell(1, 2);
    assert_int_equal(count(), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_history, close_history)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_board_is_told_from_itself_alone),
        TEST(a_board_is_told_from_as_many_as_are_wanted),
        TEST(what_was_told_of_and_never_served_is_no_ancestor),
        TEST(what_another_node_has_built_is_an_ancestor),
        TEST(an_unchanged_board_is_one_dictionary),
        TEST(after_a_start_the_board_is_read_from_the_disk),
        TEST(where_none_are_wanted_there_are_none),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
