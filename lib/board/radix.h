/*
 * radix: a stable sort in linear time.
 *
 * The items carry what is needed of them afterwards, so that whoever reads them in their new order
 * walks through memory and does not jump (with 300,000 solves, jumping costs more than sorting).
 */
#ifndef LIB_BOARD_RADIX_H
#define LIB_BOARD_RADIX_H

#include <stddef.h>
#include <stdint.h>

struct radix_item {
    uint64_t key;
    union {
        int64_t at;
        uint32_t solve;
        struct {
            uint32_t entry;
            int32_t points;
        } part;
    };
};

/* Sorts `n` items by their keys. `spare` has room for as many and ends with undefined contents.
 * What is in order already costs one look at each. */
void radix_sort(struct radix_item *items, struct radix_item *spare, size_t n);

#endif
