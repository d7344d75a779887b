#include "lib/deltas.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct buffer deltas;

static int release(void **state)
{
    (void)state;
    buffer_release(&deltas);
    return 0;
}

/* One whose dictionary's digest is of this byte alone. */
static void append(unsigned char byte, size_t body)
{
    unsigned char digest[DICTIONARY_DIGEST];
    char header[DELTA_HEADER];
    struct buffer delta = {0};

    memset(digest, byte, sizeof digest);
    delta_header(header, digest);
    buffer_append(&delta, header, sizeof header);
    for (size_t i = 0; i < body; i++)
        buffer_append_char(&delta, (char)i);
    deltas_append(&deltas, &delta);
    buffer_release(&delta);
}

static void a_header_is_a_frame_that_zstandard_skips(void **state)
{
    static const unsigned char digest[DICTIONARY_DIGEST] = "0123456789abcdef0123456789abcdef";
    char header[DELTA_HEADER];

    (void)state;
    delta_header(header, digest);
    assert_memory_equal(header,
                        "\x5e\x2a\x4d\x18\x20\0\0\0"
                        "0123456789abcdef0123456789abcdef",
                        40);
}

static void each_comes_out_as_it_went_in(void **state)
{
    struct delta_view delta;
    size_t at = 0;

    (void)state;
    append(0, 1);
    append(0xff, 100000);
    assert_true(deltas_next(&deltas, &at, &delta));
    assert_int_equal(delta.len, DELTA_HEADER + 1);
    assert_string_equal(delta.dictionary, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_true(deltas_next(&deltas, &at, &delta));
    assert_int_equal(delta.len, DELTA_HEADER + 100000);
    assert_string_equal(delta.dictionary, "__________________________________________8");
    assert_int_equal(delta.data[DELTA_HEADER + 77], 77);
    assert_false(deltas_next(&deltas, &at, &delta));
}

static void nothing_is_no_delta(void **state)
{
    struct delta_view delta;
    size_t at = 0;

    (void)state;
    assert_false(deltas_next(&deltas, &at, &delta));
}

static void what_is_cut_ends_there(void **state)
{
    struct delta_view delta;
    size_t whole, at;

    (void)state;
    append(1, 10);
    whole = deltas.len;
    for (size_t len = 0; len < whole; len++) {
        struct buffer cut = {.data = malloc(len + 1), .len = len};

        memcpy(cut.data, deltas.data, len);
        at = 0;
        assert_false(deltas_next(&cut, &at, &delta));
        assert_int_equal(at, 0);
        buffer_release(&cut);
    }
}

static void a_length_that_lies_is_no_delta(void **state)
{
    static const char *const lies[] = {"\0\0\0\0", "\x28\0\0\0", "\xff\xff\xff\xff", "\x34\0\0\0"};
    struct delta_view delta;

    (void)state;
    append(1, 10); /* its length is 0x32 */
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        size_t at = 0;

        memcpy(deltas.data, lies[i], 4);
        assert_false(deltas_next(&deltas, &at, &delta));
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_teardown(function, release)
    const struct CMUnitTest tests[] = {
        TEST(a_header_is_a_frame_that_zstandard_skips),
        TEST(each_comes_out_as_it_went_in),
        TEST(nothing_is_no_delta),
        TEST(what_is_cut_ends_there),
        TEST(a_length_that_lies_is_no_delta),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
