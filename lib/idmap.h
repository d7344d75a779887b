/*
 * idmap: from the database's ids to positions in an array.
 *
 * A hash table with linear probing, at most half full, of a size that is known beforehand.
 */
#ifndef LIB_IDMAP_H
#define LIB_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"

#define NOWHERE UINT32_MAX /* the position of what is not there */

struct idmap_slot {
    int64_t id;
    uint32_t position; /* NOWHERE: free */
};

struct idmap {
    struct idmap_slot *slots;
    uint32_t mask;  /* number of slots, a power of two, less one */
    unsigned shift; /* 64 less its bits */
};

/* Empty, with room for `n` ids. Fails with the arena. */
void idmap_init(struct idmap *m, struct arena *memory, uint32_t n);

/* `id` must be new. */
void idmap_add(struct idmap *m, int64_t id, uint32_t position);

uint32_t idmap_find(const struct idmap *m, int64_t id);

#endif
