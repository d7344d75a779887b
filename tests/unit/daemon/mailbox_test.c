#include "daemon/mailbox.h"

#include <pthread.h>

#include "tests/unit/unit.h"

static void add(void *waiting, const void *message)
{
    *(int64_t *)waiting += *(const int64_t *)message;
}

static int open_box(void **state)
{
    static struct mailbox box;
    struct err err;

    *state = &box;
    return mailbox_init(&box, sizeof(int64_t), add, &err);
}

static int release_box(void **state)
{
    mailbox_release(*state);
    return 0;
}

static void post(struct mailbox *m, int64_t n)
{
    mailbox_post(m, &n);
}

static void an_empty_one_gives_nothing(void **state)
{
    int64_t n = 7;

    assert_false(mailbox_take(*state, &n));
    assert_int_equal(n, 7);
    assert_true(mailbox_wait(*state, 0));
}

static void a_message_is_taken_once(void **state)
{
    int64_t n = 0;

    post(*state, 5);
    assert_true(mailbox_take(*state, &n));
    assert_int_equal(n, 5);
    assert_false(mailbox_take(*state, &n));
}

static void messages_that_meet_are_merged(void **state)
{
    int64_t n = 0;

    post(*state, 5);
    post(*state, 6);
    assert_true(mailbox_take(*state, &n));
    assert_int_equal(n, 11);
}

static void closing_wakes_and_stays(void **state)
{
    int64_t n = 0;

    post(*state, 5);
    mailbox_close(*state);
    assert_false(mailbox_wait(*state, -1));
    assert_true(mailbox_take(*state, &n));
    assert_false(mailbox_wait(*state, -1));
}

#define POSTS 100000

static void *poster(void *box)
{
    for (int i = 0; i < POSTS; i++)
        post(box, 1);
    mailbox_close(box);
    return NULL;
}

/* However the threads meet, nothing is lost and nothing comes twice. */
static void a_flood_loses_nothing(void **state)
{
    pthread_t thread;
    int64_t sum = 0, n;

    assert_int_equal(pthread_create(&thread, NULL, poster, *state), 0);
    while (mailbox_wait(*state, -1))
        if (mailbox_take(*state, &n))
            sum += n;
    pthread_join(thread, NULL);
    if (mailbox_take(*state, &n))
        sum += n;
    assert_int_equal(sum, POSTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_one_gives_nothing, open_box, release_box),
        cmocka_unit_test_setup_teardown(a_message_is_taken_once, open_box, release_box),
        cmocka_unit_test_setup_teardown(messages_that_meet_are_merged, open_box, release_box),
        cmocka_unit_test_setup_teardown(closing_wakes_and_stays, open_box, release_box),
        cmocka_unit_test_setup_teardown(a_flood_loses_nothing, open_box, release_box),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
