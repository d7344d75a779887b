#include "lib/radix.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define MANY 5000

static struct radix_item items[MANY], spare[MANY];

static uint64_t any_key(unsigned bits)
{
    uint64_t key = (uint64_t)random() << 62 ^ (uint64_t)random() << 31 ^ (uint64_t)random();

    return bits < 64 ? key & ((UINT64_C(1) << bits) - 1) : key;
}

static void keys_of_any_length_are_sorted_and_equal_ones_keep_their_order(void **state)
{
    (void)state;
    srandom(1);
    for (unsigned bits = 0; bits <= 64; bits++) {
        for (uint32_t i = 0; i < MANY; i++)
            items[i] = (struct radix_item){.key = any_key(bits), .index = i};
        radix_sort(items, spare, MANY);
        for (uint32_t i = 1; i < MANY; i++) {
            assert_true(items[i - 1].key <= items[i].key);
            if (items[i - 1].key == items[i].key)
                assert_true(items[i - 1].index < items[i].index);
        }
    }
}

static void what_belongs_to_a_key_moves_with_it(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MANY; i++)
        items[i] = (struct radix_item){.key = MANY - i, .index = i, .carried = -(int)i};
    radix_sort(items, spare, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(items[i].key, i + 1);
        assert_int_equal(items[i].index, MANY - 1 - i);
        assert_int_equal(items[i].carried, -(int)(MANY - 1 - i));
    }
}

static void nothing_and_one_are_sorted(void **state)
{
    (void)state;
    items[0] = (struct radix_item){.key = UINT64_MAX, .index = 9};
    radix_sort(items, spare, 0);
    radix_sort(items, spare, 1);
    assert_true(items[0].key == UINT64_MAX && items[0].index == 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_any_length_are_sorted_and_equal_ones_keep_their_order),
        cmocka_unit_test(what_belongs_to_a_key_moves_with_it),
        cmocka_unit_test(nothing_and_one_are_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
