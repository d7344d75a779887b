/*
 * radix: least significant digit first, as many digits as the greatest key has.
 *
 * 11 bits a digit: the counters of a pass fit the first-level cache, and the keys of 30,000 users
 * times 100 challenges take two passes.
 */
#include "lib/radix.h"

#include <stdbool.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

static size_t digit_of(uint64_t key, unsigned shift)
{
    return key >> shift & (DIGITS - 1);
}

static void sort_by_digit(const struct radix_item *from, struct radix_item *to, size_t n,
                          unsigned shift)
{
    size_t next[DIGITS] = {0}; /* where the next item with that digit goes */
    size_t start = 0;

    for (size_t i = 0; i < n; i++)
        next[digit_of(from[i].key, shift)]++;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        size_t count = next[digit];
        next[digit] = start;
        start += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[digit_of(from[i].key, shift)]++] = from[i];
}

/* Whether all is in order already, and, when it is not, the greatest key. */
static bool in_order(const struct radix_item *items, size_t n, uint64_t *greatest)
{
    bool ordered = true;

    *greatest = 0;
    for (size_t i = 0; i < n; i++) {
        ordered &= i == 0 || items[i - 1].key <= items[i].key;
        if (items[i].key > *greatest)
            *greatest = items[i].key;
    }
    return ordered;
}

void radix_sort(struct radix_item *items, struct radix_item *spare, size_t n)
{
    struct radix_item *from = items, *to = spare;
    uint64_t greatest;

    if (in_order(items, n, &greatest))
        return;
    for (unsigned shift = 0; shift < 64 && greatest >> shift > 0; shift += DIGIT_BITS) {
        struct radix_item *sorted = to;
        sort_by_digit(from, to, n, shift);
        to = from;
        from = sorted;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}
