#include "lib/gzip.h"

#include <string.h>

#include "tests/unit/unit.h"

#define MOST 4096

static struct gzip *z;
static struct buffer text, packed, unpacked;
static struct err err;

static int open_gzip(void **state)
{
    (void)state;
    z = gzip_new(6, &err);
    text.max = packed.max = unpacked.max = MOST;
    return z ? 0 : -1;
}

static int close_gzip(void **state)
{
    (void)state;
    gzip_free(z);
    buffer_release(&text);
    buffer_release(&packed);
    buffer_release(&unpacked);
    return 0;
}

static void pack(size_t len)
{
    buffer_clear(&text);
    for (size_t i = 0; i < len; i++)
        buffer_append_char(&text, "leaderboard"[i % 11]);
    assert_int_equal(gzip_compress(z, &text, &packed, &err), 0);
}

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    for (size_t len = 1; len <= MOST; len += 455) {
        pack(len);
        assert_int_equal(gzip_expand(z, &packed, &unpacked, &err), 0);
        assert_int_equal(unpacked.len, text.len);
        assert_memory_equal(unpacked.data, text.data, text.len);
    }
}

/* Bytes 4 to 7 of a member are its time (RFC 1952): the same text gives the same bytes. */
static void a_member_bears_no_time(void **state)
{
    (void)state;
    pack(100);
    assert_memory_equal(packed.data, "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
}

static void every_damaged_byte_of_the_text_is_noticed(void **state)
{
    (void)state;
    pack(1000);
    for (size_t i = 10; i < packed.len; i++) {
        packed.data[i] = (char)~packed.data[i];
        assert_int_equal(gzip_expand(z, &packed, &unpacked, &err), -1);
        packed.data[i] = (char)~packed.data[i];
    }
}

static void what_is_cut_or_goes_on_is_refused(void **state)
{
    size_t whole;

    (void)state;
    pack(1000);
    whole = packed.len;
    for (packed.len = 0; packed.len < whole; packed.len++)
        assert_int_equal(gzip_expand(z, &packed, &unpacked, &err), -1);
    buffer_append(&packed, packed.data + whole - 4, 4); /* its length once more */
    assert_int_equal(gzip_expand(z, &packed, &unpacked, &err), -1);
}

static void a_text_beyond_the_bound_is_not_expanded(void **state)
{
    (void)state;
    pack(MOST);
    unpacked.max = MOST - 1;
    assert_int_equal(gzip_expand(z, &packed, &unpacked, &err), -1);
}

/* The bytes of a small generator: nothing in them repeats. */
static void a_text_that_does_not_shrink_fits_or_is_an_error(void **state)
{
    uint32_t n = 1;

    (void)state;
    while (text.len < MOST)
        buffer_append_char(&text, (char)((n = n * 1103515245 + 12345) >> 24));
    assert_int_equal(gzip_compress(z, &text, &packed, &err), -1);
    packed.max = 2 * MOST;
    assert_int_equal(gzip_compress(z, &text, &packed, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_packed_comes_back, open_gzip, close_gzip),
        cmocka_unit_test_setup_teardown(a_member_bears_no_time, open_gzip, close_gzip),
        cmocka_unit_test_setup_teardown(every_damaged_byte_of_the_text_is_noticed, open_gzip,
                                        close_gzip),
        cmocka_unit_test_setup_teardown(what_is_cut_or_goes_on_is_refused, open_gzip, close_gzip),
        cmocka_unit_test_setup_teardown(a_text_beyond_the_bound_is_not_expanded, open_gzip,
                                        close_gzip),
        cmocka_unit_test_setup_teardown(a_text_that_does_not_shrink_fits_or_is_an_error, open_gzip,
                                        close_gzip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
