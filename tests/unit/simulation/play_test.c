/* simulation/competition: the same seed plays the same competition, and it looks like one. */
#include "simulation/play.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define TEAMS      50
#define USERS      200
#define CHALLENGES 40
#define PLAYED     3000

static const struct play_size size = {TEAMS, USERS, CHALLENGES, 7};

static void test_the_same_seed_plays_the_same(void **state)
{
    struct play *a = play_new(&size), *b = play_new(&size);

    (void)state;
    for (int i = 0; i < PLAYED; i++) {
        struct submission x = play_next(a), y = play_next(b);
        assert_int_equal(x.user, y.user);
        assert_int_equal(x.challenge, y.challenge);
        assert_int_equal(x.correct, y.correct);
    }
    play_free(a);
    play_free(b);
}

static void test_another_seed_plays_another(void **state)
{
    struct play_size other_size = size;
    struct play *a, *b;
    int same = 0;

    (void)state;
    other_size.seed++;
    a = play_new(&size);
    b = play_new(&other_size);
    for (int i = 0; i < PLAYED; i++)
        same += play_next(a).user == play_next(b).user;
    assert_true(same < PLAYED / 10);
    play_free(a);
    play_free(b);
}

static void test_seven_of_ten_are_wrong(void **state)
{
    struct play *c = play_new(&size);
    int correct = 0;

    (void)state;
    for (int i = 0; i < PLAYED; i++)
        correct += play_next(c).correct;
    assert_in_range(correct, PLAYED * 25 / 100, PLAYED * 35 / 100);
    play_free(c);
}

static void test_a_challenge_has_one_first_blood_and_easy_ones_have_more_solves(void **state)
{
    struct play *c = play_new(&size);
    int solves[CHALLENGES] = {0}, easy = 0, hard = 0;

    (void)state;
    for (int i = 0; i < PLAYED; i++) {
        struct submission s = play_next(c);
        if (!s.correct)
            continue;
        assert_int_equal(s.first_blood, solves[s.challenge] == 0);
        solves[s.challenge]++;
    }
    for (int i = 0; i < CHALLENGES / 4; i++) {
        easy += solves[i];
        hard += solves[CHALLENGES - 1 - i];
    }
    assert_true(easy > 3 * hard);
    assert_true(hard > 0);
    play_free(c);
}

static void test_when_everything_is_solved_it_goes_on(void **state)
{
    struct play_size tiny = {1, 1, 1, 1};
    struct play *c = play_new(&tiny);
    int first_bloods = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        first_bloods += play_next(c).first_blood;
    assert_int_equal(first_bloods, 1);
    play_free(c);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void expect_unique(void (*write)(int64_t, struct buffer *))
{
    enum { COUNT = 2000 };
    char *names[COUNT];

    for (int i = 0; i < COUNT; i++) {
        struct buffer name = {0};
        write(i, &name);
        buffer_append_char(&name, '\0');
        assert_true(name.len <= 201);
        names[i] = name.data;
    }
    qsort(names, COUNT, sizeof names[0], compare_names);
    for (int i = 1; i < COUNT; i++)
        assert_string_not_equal(names[i - 1], names[i]);
    for (int i = 0; i < COUNT; i++)
        free(names[i]);
}

static void test_names_are_unique(void **state)
{
    (void)state;
    expect_unique(play_team_name);
    expect_unique(play_user_name);
}

static void test_challenges_have_unique_titles_and_grow_worth_more(void **state)
{
    struct play *c = play_new(&size);

    (void)state;
    for (int i = 1; i < CHALLENGES; i++) {
        struct play_challenge a = play_challenge(c, i - 1), b = play_challenge(c, i);
        assert_true(a.points <= b.points);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(play_challenge(c, k).title, b.title);
    }
    play_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_plays_the_same),
        cmocka_unit_test(test_another_seed_plays_another),
        cmocka_unit_test(test_seven_of_ten_are_wrong),
        cmocka_unit_test(test_a_challenge_has_one_first_blood_and_easy_ones_have_more_solves),
        cmocka_unit_test(test_when_everything_is_solved_it_goes_on),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_challenges_have_unique_titles_and_grow_worth_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
