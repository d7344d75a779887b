#include "daemon/copies.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define ROWS 3000

static struct buffer oldest, older, text;
static struct copies first, second, whole;
static struct err err;
static uint32_t seed;

static int release(void **state)
{
    (void)state;
    buffer_release(&oldest);
    buffer_release(&older);
    buffer_release(&text);
    copies_release(&first);
    copies_release(&second);
    copies_release(&whole);
    seed = 1;
    return 0;
}

static uint32_t draw(uint32_t below)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 8) % below;
}

/* --- Boards ----------------------------------------------------------------------------------- */

struct row {
    uint32_t id, score;
};
static struct row rows[ROWS];

static void make_rows(void)
{
    for (uint32_t i = 0; i < ROWS; i++)
        rows[i] = (struct row){i + 1, 100000 - 30 * i};
}

static void write_rows(struct buffer *b)
{
    buffer_clear(b);
    buffer_append_text(b, "{\"entries\":[");
    for (size_t i = 0; i < ROWS; i++) {
        buffer_printf(b, "{\"team_id\":%u,\"team_name\":\"team %u\",\"score\":%u,\"solves\":[",
                      rows[i].id, rows[i].id, rows[i].score);
        for (uint32_t solve = 1; solve < 6; solve++)
            buffer_printf(b, "{\"challenge_id\":%u,\"solved_at\":\"2026-01-24T12:%02u:%02uZ\"},",
                          solve, rows[i].id / 60 % 60, (rows[i].id + solve) % 60);
        buffer_append_text(b, "]},");
    }
    buffer_append_text(b, "]}");
}

static int by_score(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return x->id < y->id ? -1 : 1;
}

/* Some gain or lose, and so move. */
static void play(uint32_t changes)
{
    while (changes-- > 0)
        rows[draw(ROWS)].score += draw(2000);
    qsort(rows, ROWS, sizeof *rows, by_score);
}

/* --- What must hold --------------------------------------------------------------------------- */

/* In order, disjoint, within both texts, and true. Returns how many bytes are new. */
static size_t check(const struct copies *c, const struct buffer *from, const struct buffer *to)
{
    size_t done = 0, fresh = to->len;

    for (size_t i = 0; i < c->n; i++) {
        const struct copy *copy = &c->list[i];

        assert_true(copy->at >= done && copy->len > 0);
        done = (size_t)copy->at + copy->len;
        assert_true(done <= to->len && (size_t)copy->from + copy->len <= from->len);
        assert_memory_equal(to->data + copy->at, from->data + copy->from, copy->len);
        fresh -= copy->len;
    }
    return fresh;
}

static size_t find(struct copies *c, const struct buffer *from, const struct buffer *to)
{
    assert_int_equal(copies_find(c, from, to, &err), 0);
    return check(c, from, to);
}

static void a_text_is_a_copy_of_itself(void **state)
{
    (void)state;
    make_rows();
    write_rows(&older);
    write_rows(&text);
    assert_int_equal(find(&first, &older, &text), 0);
    assert_int_equal(first.n, 1);
}

static void nothing_is_made_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(find(&first, &older, &text), 0);
    buffer_append_text(&text, "{\"entries\":[]}");
    assert_int_equal(find(&first, &older, &text), text.len);
    assert_int_equal(find(&first, &text, &older), 0);
}

static void of_a_changed_board_little_is_new(void **state)
{
    (void)state;
    make_rows();
    for (uint32_t changes = 1; changes <= ROWS; changes *= 4) {
        write_rows(&older);
        play(changes);
        write_rows(&text);
        assert_in_range(find(&first, &older, &text), 0, 16 * changes);
    }
}

static void a_board_in_another_order_is_copied_all_the_same(void **state)
{
    (void)state;
    make_rows();
    write_rows(&older);
    for (size_t i = 0; i < ROWS / 2; i++) {
        struct row row = rows[i];

        rows[i] = rows[ROWS - 1 - i];
        rows[ROWS - 1 - i] = row;
    }
    write_rows(&text);
    assert_in_range(find(&first, &older, &text), 0, text.len / 20);
}

/* Were each row looked for anew, this would take hours. */
static void where_every_row_has_changed_the_walk_is_linear_still(void **state)
{
    const unsigned count = 100000;

    (void)state;
    for (unsigned i = 0; i < count; i++) {
        buffer_printf(&older, "{\"id\":%u,\"at\":\"%06u\",\"points\":500},", i, i);
        buffer_printf(&text, "{\"id\":%u,\"at\":\"%06u\",\"points\":499},", i, i);
    }
    for (unsigned i = 0; i < 10; i++) {
        buffer_printf(&older, "{\"id\":\"the same in both, and long enough to be known, %u\"},", i);
        buffer_printf(&text, "{\"id\":\"the same in both, and long enough to be known, %u\"},", i);
    }
    assert_in_range(find(&first, &older, &text), 0, 3 * count);
}

static void whatever_the_texts_are_it_holds(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint32_t letters = 1 + draw(4);

        buffer_clear(&older);
        buffer_clear(&text);
        for (uint32_t n = draw(600); n > 0; n--)
            buffer_append_char(&older, "{a\"}"[draw(letters)]);
        for (uint32_t n = draw(600); n > 0; n--)
            buffer_append_char(&text, "{a\"}"[draw(letters)]);
        if (older.len > 0)
            buffer_append(&text, older.data, draw((uint32_t)older.len));
        find(&first, &older, &text);
    }
}

static void what_was_copied_twice_is_copied_from_the_oldest(void **state)
{
    size_t fresh;

    (void)state;
    make_rows();
    for (int round = 0; round < 20; round++) {
        write_rows(&oldest);
        play(1 + draw(100));
        write_rows(&older);
        play(1 + draw(100));
        write_rows(&text);
        fresh = find(&first, &oldest, &older) + find(&second, &older, &text);
        assert_int_equal(copies_compose(&whole, &first, &second, &err), 0);
        assert_in_range(check(&whole, &oldest, &text), 0, fresh + 100 * 8);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, release)
    const struct CMUnitTest tests[] = {
        TEST(a_text_is_a_copy_of_itself),
        TEST(nothing_is_made_of_nothing),
        TEST(of_a_changed_board_little_is_new),
        TEST(a_board_in_another_order_is_copied_all_the_same),
        TEST(where_every_row_has_changed_the_walk_is_linear_still),
        TEST(whatever_the_texts_are_it_holds),
        TEST(what_was_copied_twice_is_copied_from_the_oldest),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
