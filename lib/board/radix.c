/*
 * radix: least significant digit first, as many digits as the greatest key has.
 *
 * 11 bits a digit: 30,000 users take two passes, 100 challenges one, and the counters of a pass
 * fit the first-level cache.
 */
#include "lib/board/radix.h"

#include <string.h>

#define DIGIT_BITS 11
#define DIGITS     (1u << DIGIT_BITS)

static void sort_by_digit(const uint32_t *from, uint32_t *to, size_t n, const uint32_t *keys,
                          unsigned shift)
{
    uint32_t next[DIGITS] = {0}; /* where the next position with that digit goes */
    uint32_t start = 0;

    for (size_t i = 0; i < n; i++)
        next[keys[from[i]] >> shift & (DIGITS - 1)]++;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        uint32_t count = next[digit];
        next[digit] = start;
        start += count;
    }
    for (size_t i = 0; i < n; i++)
        to[next[keys[from[i]] >> shift & (DIGITS - 1)]++] = from[i];
}

void radix_sort(uint32_t *positions, uint32_t *spare, size_t n, const uint32_t *keys,
                uint32_t max_key)
{
    uint32_t *from = positions, *to = spare;

    for (unsigned shift = 0; shift < 32 && max_key >> shift > 0; shift += DIGIT_BITS) {
        uint32_t *sorted = to;
        sort_by_digit(from, to, n, keys, shift);
        to = from;
        from = sorted;
    }
    if (from != positions)
        memcpy(positions, from, n * sizeof *positions);
}
