/*
 * radix: a stable sort in linear time.
 *
 * The items carry what is needed of them afterwards, so that whoever reads them in their new order
 * walks through memory and does not jump (with 300,000 solves, jumping costs more than sorting).
 */
#ifndef LIB_RADIX_H
#define LIB_RADIX_H

#include <stddef.h>
#include <stdint.h>

struct radix_item {
    uint64_t key;
    uint32_t index;  /* of what is sorted, or of what it belongs to */
    int32_t carried; /* whatever else goes along */
};

/* Sorts `n` items by their keys. `spare` has room for as many and ends with undefined contents.
 * What is in order already costs one look at each. */
void radix_sort(struct radix_item *items, struct radix_item *spare, size_t n);

#endif
