#include "daemon/copies.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ANCHOR   '{'
#define KEY      64 /* bytes of an object that tell it from others: a row's time and id */
#define SHORTEST 8  /* a copy of less costs more than it saves */
#define NEAR     48 /* how far a changed number may reach ... */
#define AGREE    96 /* before this many bytes agree again: more than what all rows have in common */
#define BACK     16 /* on the way back to where an entry begins, so many must agree */

void copies_release(struct copies *c)
{
    free(c->list);
    *c = (struct copies){0};
}

/* Adjacent copies are one. False: no memory. */
static bool append(struct copies *c, struct copy copy)
{
    struct copy *last = c->n > 0 ? &c->list[c->n - 1] : NULL;

    if (last && last->at + last->len == copy.at && last->from + last->len == copy.from) {
        last->len += copy.len;
        return true;
    }
    if (c->n == c->cap) {
        size_t cap = c->cap > 0 ? 2 * c->cap : 64;
        struct copy *list = realloc(c->list, cap * sizeof *list);

        if (!list)
            return false;
        c->list = list;
        c->cap = cap;
    }
    c->list[c->n++] = copy;
    return true;
}

/* --- Two texts -------------------------------------------------------------------------------- */

struct walker {
    const char *data;
    size_t len, at;
};

struct walk {
    struct walker older, text;
    size_t taken;    /* the text is accounted for up to here */
    size_t known;    /* up to here it is known to stand beside the right place of the older one */
    uint32_t *index; /* where in the older text objects with a hash begin, plus 1 */
    unsigned shift;  /* of a hash, to its place in the index */
};

static uint64_t word_at(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

static uint64_t hash_at(const char *p)
{
    uint64_t hash = 0;

    for (int i = 0; i < KEY; i += 8)
        hash = ((hash << 31 | hash >> 33) ^ word_at(p + i)) * UINT64_C(0x9e3779b97f4a7c15);
    return hash;
}

/* The next object at or after `at` with a whole key, or the end. */
static size_t next_object(const struct walker *s, size_t at)
{
    const char *found;

    if (s->len < KEY || at > s->len - KEY)
        return s->len;
    found = memchr(s->data + at, ANCHOR, s->len - KEY - at + 1);
    return found ? (size_t)(found - s->data) : s->len;
}

static bool make_index(struct walk *w)
{
    const struct walker *s = &w->older;
    unsigned bits = 8;

    while ((s->len / KEY) >> bits > 0)
        bits++;
    w->shift = 64 - bits;
    w->index = calloc((size_t)1 << bits, sizeof *w->index);
    if (!w->index)
        return false;
    for (size_t at = next_object(s, 0); at < s->len; at = next_object(s, at + 1))
        w->index[hash_at(s->data + at) >> w->shift] = (uint32_t)at + 1;
    return true;
}

/* How many bytes agree from here on. */
static size_t agreement(const struct walker *older, const struct walker *text)
{
    const char *a = older->data + older->at, *b = text->data + text->at;
    size_t most = older->len - older->at, n = 0;

    if (text->len - text->at < most)
        most = text->len - text->at;
    while (n + 8 <= most && word_at(a + n) == word_at(b + n))
        n += 8;
    while (n < most && a[n] == b[n])
        n++;
    return n;
}

/* Past a number that has changed, and kept its length. */
static bool step_over(struct walk *w)
{
    const char *a = w->older.data + w->older.at, *b = w->text.data + w->text.at;
    size_t agree = w->text.at < w->known ? BACK : AGREE;

    for (size_t k = 1; k <= NEAR; k++) {
        if (w->older.at + k + agree > w->older.len || w->text.at + k + agree > w->text.len)
            return false;
        if (memcmp(a + k, b + k, agree) == 0) {
            w->older.at += k;
            w->text.at += k;
            return true;
        }
    }
    return false;
}

/* Where the older text has the object that the text has at `at`; false: nowhere that is known. */
static bool look_up(const struct walk *w, size_t at, size_t *from)
{
    uint32_t found = w->index[hash_at(w->text.data + at) >> w->shift];

    if (found == 0 || memcmp(w->older.data + found - 1, w->text.data + at, KEY) != 0)
        return false;
    *from = found - 1;
    return true;
}

static bool agrees(const struct walk *w, size_t from, size_t at, size_t n)
{
    return memcmp(w->older.data + from, w->text.data + at, n) == 0;
}

/* From an object that both have, back as far as they agree, and past numbers that have changed: to
 * where an entry that has moved begins. The walk comes forward by the same steps, so that nothing is
 * looked at more often than that. */
static void go_back(struct walk *w)
{
    size_t *from = &w->older.at, *at = &w->text.at, k = 0;

    while (k <= NEAR && *at - w->taken >= k + BACK && *from >= k + BACK) {
        if (agrees(w, *from - k - BACK, *at - k - BACK, BACK)) {
            *at -= k + BACK;
            *from -= k + BACK;
            k = 0;
        } else {
            k++;
        }
    }
    while (*at > w->taken && *from > 0 && agrees(w, *from - 1, *at - 1, 1)) {
        --*at;
        --*from;
    }
}

/* To the next object that the older text has, too. */
static bool jump(struct walk *w)
{
    size_t at, from;

    for (at = next_object(&w->text, w->text.at); at < w->text.len;
         at = next_object(&w->text, at + 1))
        if (look_up(w, at, &from))
            break;
    if (at >= w->text.len)
        return false;
    w->text.at = w->known = at;
    w->older.at = from;
    go_back(w);
    return true;
}

static bool walk(struct walk *w, struct copies *out)
{
    do {
        size_t len = agreement(&w->older, &w->text);

        if (len >= SHORTEST) {
            const struct copy copy = {(uint32_t)w->text.at, (uint32_t)w->older.at, (uint32_t)len};

            if (!append(out, copy))
                return false;
            w->taken = w->text.at + len;
        }
        w->text.at += len;
        w->older.at += len;
    } while (w->text.at < w->text.len && (step_over(w) || jump(w)));
    return true;
}

int copies_find(struct copies *out, const struct buffer *older, const struct buffer *text,
                struct err *err)
{
    struct walk w = {.older = {older->data, older->len, 0}, .text = {text->data, text->len, 0}};
    bool done;

    out->n = 0;
    if (older->len >= UINT32_MAX || text->len >= UINT32_MAX)
        return err_set(err, "a text of 4 GB or more");
    done = make_index(&w) && walk(&w, out);
    free(w.index);
    return done ? 0 : err_set(err, "no memory to compare two texts");
}

/* --- Three texts ------------------------------------------------------------------------------ */

/* The first copy that ends behind `at`. */
static size_t find_place(const struct copies *c, uint32_t at)
{
    size_t low = 0, high = c->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->list[middle].at + c->list[middle].len <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What `second` copies of what `first` has copied. */
static struct copy intersect(struct copy first, struct copy second)
{
    uint32_t from = first.at > second.from ? first.at : second.from;
    uint32_t first_end = first.at + first.len, second_end = second.from + second.len;
    uint32_t end = first_end < second_end ? first_end : second_end;

    return (struct copy){second.at + (from - second.from), first.from + (from - first.at),
                         end - from};
}

static bool compose_one(struct copies *out, const struct copies *first, struct copy second)
{
    for (size_t i = find_place(first, second.from);
         i < first->n && first->list[i].at < second.from + second.len; i++) {
        struct copy copy = intersect(first->list[i], second);

        if (copy.len >= SHORTEST && !append(out, copy))
            return false;
    }
    return true;
}

int copies_compose(struct copies *out, const struct copies *first, const struct copies *second,
                   struct err *err)
{
    out->n = 0;
    for (size_t i = 0; i < second->n; i++)
        if (!compose_one(out, first, second->list[i]))
            return err_set(err, "no memory to compare three texts");
    return 0;
}
