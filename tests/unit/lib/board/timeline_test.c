/* timeline: which interval a solve is in, and what a row says of it. */
#include "tests/unit/lib/board/shorthand.h"

static void an_interval_begins_at_its_first_microsecond(void **state)
{
    (void)state;
    for (int64_t challenge = 1; challenge <= 5; challenge++)
        add_static(challenge, 100);
    add_user(1, "ann", ALONE);
    add_solve(1, 1, at("2026-01-24T12:00:00Z"));
    add_solve(1, 2, at("2026-01-24T12:09:59.999999Z"));
    add_solve(1, 3, at("2026-01-24T12:10:00Z"));
    add_solve(1, 4, at("1969-12-31T23:59:59.999999Z"));
    add_solve(1, 5, at("1969-12-31T23:50:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "1969-12-31T23:50:00Z ann 200/2; 2026-01-24T12:00:00Z ann 200/2; "
                                 "2026-01-24T12:10:00Z ann 100/1");
}

static void rows_are_ordered_by_time_then_id_even_years_apart(void **state)
{
    (void)state;
    add_static(1, 100);
    add_static(2, 50);
    add_user(2, "bob", ALONE);
    add_user(1, "ann", ALONE);
    add_solve(2, 2, at("2031-06-01T00:00:00Z"));
    add_solve(2, 1, at("1999-06-01T00:05:00Z"));
    add_solve(1, 1, at("1999-06-01T00:09:00Z"));
    add_solve(1, 2, at("2007-03-01T00:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "1999-06-01T00:00:00Z ann 100/1; 1999-06-01T00:00:00Z bob 100/1; "
                                 "2007-03-01T00:00:00Z ann 50/1; 2031-06-01T00:00:00Z bob 50/1");
}

static void points_are_at_todays_value(void **state)
{
    struct challenge c = {.id = 1,
                          .initial = 500,
                          .minimum = 100,
                          .has_decay = true,
                          .decay = 4,
                          .dynamic = true,
                          .breaks_ties = true};

    (void)state;
    add_challenge(&c, "c");
    add_user(1, "ann", ALONE);
    add_user(2, "bob", ALONE);
    add_solve(1, 1, at("2026-01-24T12:00:00Z"));
    add_solve(2, 1, at("2026-01-24T18:00:00Z"));
    build(TIE_FIRST_TO_REACH);
    assert_short(BOARD_TIMELINE, "2026-01-24T12:00:00Z ann 400/1; 2026-01-24T18:00:00Z bob 400/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(an_interval_begins_at_its_first_microsecond),
        test(rows_are_ordered_by_time_then_id_even_years_apart),
        test(points_are_at_todays_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
