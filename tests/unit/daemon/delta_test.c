#include "daemon/delta.h"

#include <zstd.h>

#include "lib/deltas.h"
#include "tests/unit/scratch.h"
#include "tests/unit/unit.h"

#define HEADER 40
#define MB     ((size_t)1 << 20)

static struct delta *d;
static struct buffer old, text, out, told;
static struct err err;

static int open_delta(void **state)
{
    (void)state;
    d = delta_new(&err);
    return d ? 0 : -1;
}

static int close_delta(void **state)
{
    (void)state;
    delta_free(d);
    buffer_release(&old);
    buffer_release(&text);
    buffer_release(&out);
    buffer_release(&told);
    return 0;
}

/* Rows of a board, no two alike; in every `change`th the score is another (0: in none). */
static void write_rows(struct buffer *b, size_t len, unsigned change)
{
    uint32_t n = 1;

    buffer_clear(b);
    for (unsigned row = 0; b->len < len; row++) {
        n = n * 1103515245 + 12345;
        buffer_printf(b, "{\"user_id\":%u,\"username\":\"name %u\",\"score\":%u},", row, n,
                      (n >> 20) + (change > 0 && row % change == 0 ? 10000 : 0));
    }
    b->len = len;
}

static void make(void)
{
    struct ancestor ancestor = {.len = old.len};

    delta_digest(ancestor.digest, &old);
    assert_int_equal(copies_find(&ancestor.copies, &old, &text, &err), 0);
    assert_int_equal(delta_make(d, &ancestor, &text, &out, &err), 0);
    copies_release(&ancestor.copies);
}

/* As a browser does it: with no wider a window than it must have. */
static bool decode(int window_log)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {out.data, out.len, HEADER}; /* a prefix is for the first frame alone */
    ZSTD_outBuffer to = {.size = text.len + 1};
    size_t rest = 1;

    buffer_clear(&told);
    to.dst = buffer_reserve(&told, to.size);
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, window_log);
    ZSTD_DCtx_refPrefix(context, old.data, old.len);
    while (rest > 0 && !ZSTD_isError(rest) && in.pos < in.size)
        rest = ZSTD_decompressStream(context, &to, &in);
    told.len = to.pos;
    ZSTD_freeDCtx(context);
    return rest == 0 && in.pos == in.size;
}

static bool tell(int window_log)
{
    return decode(window_log) && told.len == text.len &&
           memcmp(told.data, text.data, text.len) == 0;
}

/* --- What it is ------------------------------------------------------------------------------- */

static void a_browser_makes_the_text_of_it(void **state)
{
    static const size_t lengths[] = {7, 100, 5000, MB / 8, MB, 3 * MB};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (unsigned change = 0; change <= 200; change += 100) {
            write_rows(&old, lengths[i], 0);
            write_rows(&text, lengths[i] + change, change);
            make();
            assert_true(out.len > HEADER);
            assert_true(tell(23));
        }
}

/* Copies and new text of all lengths, at all places of a block. */
static void it_holds_wherever_blocks_end(void **state)
{
    uint32_t n = 1;

    (void)state;
    for (int round = 0; round < 200; round++) {
        write_rows(&old, MB / 2, 0);
        buffer_clear(&text);
        while (text.len < MB / 2) {
            size_t from, len;

            n = n * 1103515245 + 12345;
            from = n % (MB / 4);
            len = (n >> 8) % (round % 2 == 0 ? 300000 : 200);
            if (n >> 31)
                buffer_append(&text, old.data + from, len);
            else
                for (size_t i = 0; i < len; i++)
                    buffer_append_char(&text, (char)((n >> i % 24) + i));
        }
        make();
        assert_true(tell(23));
    }
}

static void it_costs_the_bytes_of_the_change(void **state)
{
    (void)state;
    for (size_t len = MB / 2; len <= 4 * MB; len *= 2) {
        write_rows(&old, len, 0);
        write_rows(&text, len, 1000);
        make();
        assert_in_range(out.len, HEADER, len / 1000);
    }
}

static void it_is_for_a_window_that_every_browser_has(void **state)
{
    (void)state;
    write_rows(&old, 9 * MB, 0); /* 1.25 times which is 11.25 MB */
    write_rows(&text, 11 * MB, 5000);
    make();
    assert_true(out.len > HEADER);
    assert_true(ZSTD_getFrameContentSize(out.data + HEADER, out.len - HEADER) == 11 * MB);
    assert_true(tell(24));
}

static void it_begins_with_the_name_of_its_dictionary(void **state)
{
    static const char sha256_of_abc[] =
        "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
        "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad";
    struct buffer deltas = {0};
    struct delta_view delta;
    size_t at = 0;

    (void)state;
    buffer_append_text(&old, "abc");
    buffer_append_text(&text, "abcd");
    make();
    assert_memory_equal(out.data, "\x5e\x2a\x4d\x18\x20\x00\x00\x00", 8);
    assert_memory_equal(out.data + 8, sha256_of_abc, 32);
    deltas_append(&deltas, &out);
    assert_true(deltas_next(&deltas, &at, &delta));
    assert_string_equal(delta.dictionary, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    buffer_release(&deltas);
}

static void another_dictionary_is_noticed(void **state)
{
    (void)state;
    write_rows(&old, 5000, 0);
    write_rows(&text, 5000, 100);
    make();
    assert_true(tell(23));
    old.data[2500] ^= 1;
    assert_false(decode(23));
}

/* The tool knows nothing of browsers: it skips the header, as anyone may by hand. */
static void the_tool_zstd_makes_the_text_of_it(void **state)
{
    char command[4 * PATH_MAX];

    (void)state;
    write_rows(&old, 3 * MB, 0);
    write_rows(&text, 3 * MB, 500);
    make();
    snprintf(command, sizeof command, "zstd -qdc --long=23 --patch-from=%s %s | cmp -s - %s",
             scratch_write_bytes("old", old.data, old.len),
             scratch_write_bytes("delta", out.data, out.len),
             scratch_write_bytes("text", text.data, text.len));
    assert_int_equal(system(command), 0);
}

/* --- What it is not --------------------------------------------------------------------------- */

static void a_text_beyond_the_window_is_not_made(void **state)
{
    (void)state;
    write_rows(&old, 7 * MB, 0); /* 1.25 times which is 8.75 MB */
    write_rows(&text, 8 * MB + 3 * MB / 4, 1000);
    make();
    assert_true(out.len > HEADER);
    write_rows(&text, 8 * MB + 3 * MB / 4 + 1, 1000);
    make();
    assert_int_equal(out.len, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_delta, close_delta)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_browser_makes_the_text_of_it),
        TEST(it_holds_wherever_blocks_end),
        TEST(it_costs_the_bytes_of_the_change),
        TEST(it_is_for_a_window_that_every_browser_has),
        TEST(it_begins_with_the_name_of_its_dictionary),
        TEST(another_dictionary_is_noticed),
        TEST(the_tool_zstd_makes_the_text_of_it),
        TEST(a_text_beyond_the_window_is_not_made),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
