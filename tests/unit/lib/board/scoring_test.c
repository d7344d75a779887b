#include "lib/board/scoring.h"

#include "tests/unit/unit.h"

static const struct challenge usual = {
    .initial = 500, .minimum = 100, .has_decay = true, .decay = 50, .dynamic = true};

static struct challenge with(int32_t initial, int32_t minimum, int32_t decay)
{
    return (struct challenge){
        .initial = initial, .minimum = minimum, .decay = decay, .has_decay = true, .dynamic = true};
}

static void a_challenge_loses_value_with_each_solve(void **state)
{
    static const int32_t first[] = {500, 500, 500, 499, 498, 496};
    static const int32_t last[] = {132, 116, 100, 100};

    (void)state;
    for (uint32_t solves = 0; solves <= 5; solves++)
        assert_int_equal(scoring_value(&usual, solves, 1000), first[solves]);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(scoring_value(&usual, 48 + i, 1000), last[i]);
}

static void without_a_decay_it_is_the_number_of_competitors(void **state)
{
    struct challenge c = usual;

    (void)state;
    c.has_decay = false;
    c.decay = 7; /* means nothing now */
    for (uint32_t solves = 0; solves <= 50; solves++)
        assert_int_equal(scoring_value(&c, solves, 50), scoring_value(&usual, solves, 1));
    assert_int_equal(scoring_value(&c, 0, 0), 500);
}

static void a_static_challenge_keeps_its_value(void **state)
{
    struct challenge c = usual;

    (void)state;
    c.dynamic = false;
    assert_int_equal(scoring_value(&c, 50, 50), 500);
}

static void odd_parameters_have_a_meaning(void **state)
{
    struct challenge c;

    (void)state;
    c = with(500, 100, 0); /* no decay at all */
    assert_int_equal(scoring_value(&c, 3, 9), 500);
    c = with(500, 100, -50);
    assert_int_equal(scoring_value(&c, 3, 9), 500);
    c = with(100, 500, 50); /* a minimum above the initial value counts as the initial value */
    assert_int_equal(scoring_value(&c, 3, 9), 100);
    assert_int_equal(scoring_value(&c, 99, 9), 100);
    c = with(300, 300, 50);
    assert_int_equal(scoring_value(&c, 49, 9), 300);
    c = with(-100, -500, 10);
    assert_int_equal(scoring_value(&c, 5, 9), -200);
    assert_int_equal(scoring_value(&c, 10, 9), -500);
}

static void the_greatest_numbers_do_not_overflow(void **state)
{
    struct challenge c = with(INT32_MAX, INT32_MIN, INT32_MAX);

    (void)state;
    assert_int_equal(scoring_value(&c, 0, 1), INT32_MAX);
    assert_int_equal(scoring_value(&c, INT32_MAX - 1, 1), INT32_MIN + 4);
    assert_int_equal(scoring_value(&c, INT32_MAX, 1), INT32_MIN);
    assert_int_equal(scoring_value(&c, UINT32_MAX, 1), INT32_MIN);
}

/* ceil() of the reference's curve, without its division: v is not below the curve, v - 1 is. */
static void the_value_is_the_least_whole_number_on_or_above_the_curve(void **state)
{
    (void)state;
    for (int32_t decay = 1; decay <= 60; decay++)
        for (int32_t solves = 0; solves < decay; solves++) {
            struct challenge c = with(500, 100, decay);
            int32_t lost = 500 - scoring_value(&c, (uint32_t)solves, 1);
            assert_true(lost * decay * decay <= 400 * solves * solves);
            assert_true((lost + 1) * decay * decay > 400 * solves * solves);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_loses_value_with_each_solve),
        cmocka_unit_test(without_a_decay_it_is_the_number_of_competitors),
        cmocka_unit_test(a_static_challenge_keeps_its_value),
        cmocka_unit_test(odd_parameters_have_a_meaning),
        cmocka_unit_test(the_greatest_numbers_do_not_overflow),
        cmocka_unit_test(the_value_is_the_least_whole_number_on_or_above_the_curve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
