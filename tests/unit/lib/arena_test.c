#include "lib/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct arena arena;

static int release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* As a build would: arrays of several sizes, written to their ends. */
static void take_many(void)
{
    for (size_t n = 0; n < 200; n++) {
        char *bytes = arena_take(&arena, n * 100, 3);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        memset(bytes, (int)n, n * 300);
    }
}

static void arrays_lie_apart_and_aligned(void **state)
{
    char *a, *b;

    (void)state;
    arena_init(&arena);
    a = arena_take(&arena, 5, 1);
    b = arena_take(&arena, 5, 1);
    memset(a, 'a', 5);
    memset(b, 'b', 5);
    assert_memory_equal(a, "aaaaa", 5);
    take_many();
    assert_memory_equal(b, "bbbbb", 5);
    assert_false(arena_failed(&arena));
}

static void the_next_build_finds_its_memory_in_one_piece(void **state)
{
    void *first, *again;

    (void)state;
    arena_init(&arena);
    take_many();
    arena_reset(&arena);
    first = arena_take(&arena, 1, 1);
    take_many();
    arena_reset(&arena);
    again = arena_take(&arena, 1, 1);
    assert_ptr_equal(first, again);
}

static void too_much_fails_until_the_next_reset(void **state)
{
    (void)state;
    arena_init(&arena);
    assert_null(arena_take(&arena, SIZE_MAX, 1));
    assert_true(arena_failed(&arena));
    arena_reset(&arena);
    assert_false(arena_failed(&arena));
    assert_null(arena_take(&arena, SIZE_MAX / 2, 3));
    assert_true(arena_failed(&arena));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 0, 8));
    assert_false(arena_failed(&arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(arrays_lie_apart_and_aligned, release),
        cmocka_unit_test_teardown(the_next_build_finds_its_memory_in_one_piece, release),
        cmocka_unit_test_teardown(too_much_fails_until_the_next_reset, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
