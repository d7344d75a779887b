#include "lib/idmap.h"

#include "tests/unit/unit.h"

static struct arena memory;

static int release(void **state)
{
    (void)state;
    arena_release(&memory);
    return 0;
}

/* Ids as databases give them: counting up, from any start, in steps, or with their low bits empty. */
static void every_id_is_found_and_no_other(void **state)
{
    static const int64_t firsts[] = {1, -500, INT64_MIN + 1, INT64_C(1) << 40};
    static const int64_t steps[] = {1, 7, 1 << 22, INT64_C(1) << 52};
    struct idmap map;

    (void)state;
    arena_init(&memory);
    for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++)
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            arena_reset(&memory);
            idmap_init(&map, &memory, 1000);
            for (uint32_t i = 0; i < 1000; i++)
                idmap_add(&map, firsts[f] + i * steps[s], i);
            for (uint32_t i = 0; i < 1000; i++)
                assert_int_equal(idmap_find(&map, firsts[f] + i * steps[s]), i);
            assert_int_equal(idmap_find(&map, firsts[f] - 1), NOWHERE);
            assert_int_equal(idmap_find(&map, firsts[f] + 1000 * steps[s]), NOWHERE);
        }
}

static void an_empty_map_has_nothing(void **state)
{
    struct idmap map;

    (void)state;
    arena_init(&memory);
    idmap_init(&map, &memory, 0);
    assert_int_equal(idmap_find(&map, 0), NOWHERE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_id_is_found_and_no_other, release),
        cmocka_unit_test_teardown(an_empty_map_has_nothing, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
