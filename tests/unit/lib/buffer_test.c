#include "lib/buffer.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static void assert_holds(const struct buffer *b, const char *text)
{
    assert_false(buffer_failed(b));
    assert_int_equal(b->len, strlen(text));
    assert_memory_equal(b->data, text, b->len);
}

static void bytes_of_all_kinds_are_appended(void **state)
{
    struct buffer b = {0};

    (void)state;
    buffer_append(&b, "ab", 2);
    buffer_append(&b, NULL, 0);
    buffer_append_char(&b, 'c');
    buffer_append_text(&b, "");
    buffer_append_text(&b, "de");
    buffer_printf(&b, "<%s %d>", "f", 7);
    assert_holds(&b, "abcde<f 7>");
    buffer_release(&b);
    buffer_release(&b);
}

static void integers_are_written_as_printf_would(void **state)
{
    static const int64_t numbers[] = {0, 1, -1, 9, 10, -10, 99999, INT64_MAX, INT64_MIN, INT32_MIN};
    struct buffer b = {0};
    char expected[32];

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        buffer_clear(&b);
        buffer_append_int(&b, numbers[i]);
        snprintf(expected, sizeof expected, "%lld", (long long)numbers[i]);
        assert_holds(&b, expected);
    }
    buffer_release(&b);
}

static void the_bound_is_reached_exactly(void **state)
{
    struct buffer b = {.max = 1000};

    (void)state;
    for (int i = 0; i < 1000; i++)
        buffer_append_char(&b, 'x');
    assert_false(buffer_failed(&b));
    assert_int_equal(b.len, 1000);
    assert_true(b.cap <= 1000);
    buffer_append(&b, "", 0);
    assert_false(buffer_failed(&b));
    buffer_append_char(&b, 'x');
    assert_true(buffer_failed(&b));
    assert_int_equal(b.len, 1000);
    buffer_release(&b);
}

static void failure_lasts_until_clear(void **state)
{
    struct buffer b = {.max = 4};

    (void)state;
    buffer_append(&b, "12345", 5);
    assert_true(buffer_failed(&b));
    buffer_append(&b, "1", 1); /* would fit, but the text would have a hole */
    buffer_printf(&b, "%d", 1);
    assert_null(buffer_reserve(&b, 1));
    assert_int_equal(b.len, 0);
    buffer_clear(&b);
    buffer_append(&b, "1234", 4);
    assert_holds(&b, "1234");
    buffer_release(&b);
}

static void an_absurd_size_fails_without_overflow(void **state)
{
    struct buffer b = {0};

    (void)state;
    buffer_append_char(&b, 'x');
    assert_null(buffer_reserve(&b, SIZE_MAX));
    assert_true(buffer_failed(&b));
    buffer_clear(&b);
    assert_null(buffer_reserve(&b, SIZE_MAX - 1));
    buffer_release(&b);
}

static void clear_keeps_the_memory(void **state)
{
    struct buffer b = {0};
    const char *data;

    (void)state;
    assert_non_null(buffer_reserve(&b, 100000));
    data = b.data;
    buffer_clear(&b);
    assert_int_equal(b.len, 0);
    assert_ptr_equal(buffer_reserve(&b, 100000), data);
    buffer_release(&b);
}

static void growth_is_geometric(void **state)
{
    struct buffer b = {0};
    size_t growths = 0, cap = 0;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        buffer_append_char(&b, 'x');
        if (b.cap != cap)
            growths++;
        cap = b.cap;
    }
    assert_int_equal(b.len, 1000000);
    assert_true(growths < 30);
    buffer_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_of_all_kinds_are_appended),
        cmocka_unit_test(integers_are_written_as_printf_would),
        cmocka_unit_test(the_bound_is_reached_exactly),
        cmocka_unit_test(failure_lasts_until_clear),
        cmocka_unit_test(an_absurd_size_fails_without_overflow),
        cmocka_unit_test(clear_keeps_the_memory),
        cmocka_unit_test(growth_is_geometric),
    };

    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
