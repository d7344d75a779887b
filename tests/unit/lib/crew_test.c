#include "lib/crew.h"

#include <stdatomic.h>
#include <time.h>

#include "tests/unit/unit.h"

struct task {
    atomic_int done[CREW_MAX];
    atomic_int inside; /* how many pieces are being done */
    int failing;       /* pieces from this one on fail */
};

static int do_piece(void *arg, int piece, struct err *err)
{
    struct task *task = arg;

    task->done[piece]++;
    return piece < task->failing ? 0 : err_set(err, "piece %d", piece);
}

static void each_piece_is_done_once(void **state)
{
    (void)state;
    for (int n = 0; n <= CREW_MAX; n++) {
        struct task task = {.failing = CREW_MAX};
        struct err err = {"untouched"};

        assert_int_equal(crew_run(do_piece, &task, n, &err), 0);
        assert_string_equal(err.text, "untouched");
        for (int piece = 0; piece < CREW_MAX; piece++)
            assert_int_equal(task.done[piece], piece < n);
    }
}

static void all_are_done_and_the_first_failure_told(void **state)
{
    struct task task = {.failing = 1};
    struct err err;

    (void)state;
    assert_int_equal(crew_run(do_piece, &task, CREW_MAX, &err), -1);
    assert_string_equal(err.text, "piece 1");
    for (int piece = 0; piece < CREW_MAX; piece++)
        assert_int_equal(task.done[piece], 1);
}

/* Returns only when all are inside. */
static int meet(void *arg, int piece, struct err *err)
{
    struct task *task = arg;

    (void)piece;
    (void)err;
    task->inside++;
    while (task->inside < CREW_MAX)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return 0;
}

static void pieces_are_done_side_by_side(void **state)
{
    struct task task = {0};
    struct err err;

    (void)state;
    assert_int_equal(crew_run(meet, &task, CREW_MAX, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_is_done_once),
        cmocka_unit_test(all_are_done_and_the_first_failure_told),
        cmocka_unit_test(pieces_are_done_side_by_side),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
