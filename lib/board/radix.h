/*
 * radix: a stable sort in linear time.
 *
 * What is sorted are 32-bit positions, by a 32-bit key that each has. Because it is stable, sorting
 * by a minor key first and then by a major one orders by both.
 */
#ifndef LIB_BOARD_RADIX_H
#define LIB_BOARD_RADIX_H

#include <stddef.h>
#include <stdint.h>

/* Sorts `n` positions by keys[position], none of which is above `max_key`. `spare` has room for `n`
 * and ends with undefined contents. */
void radix_sort(uint32_t *positions, uint32_t *spare, size_t n, const uint32_t *keys,
                uint32_t max_key);

#endif
