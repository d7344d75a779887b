#include "lib/idmap.h"

/* Fibonacci hashing: the product's top bits depend on all of the id's, and ids that count up land
 * apart. */
static uint32_t first_slot(const struct idmap *m, int64_t id)
{
    return (uint32_t)((uint64_t)id * UINT64_C(0x9e3779b97f4a7c15) >> m->shift);
}

void idmap_init(struct idmap *m, struct arena *memory, uint32_t n)
{
    size_t nslots = 2;

    m->shift = 63;
    for (; nslots / 2 < n; nslots *= 2)
        m->shift--;
    m->mask = (uint32_t)(nslots - 1);
    m->slots = arena_take(memory, nslots, sizeof *m->slots);
    for (size_t i = 0; m->slots && i < nslots; i++)
        m->slots[i].position = NOWHERE;
}

void idmap_add(struct idmap *m, int64_t id, uint32_t position)
{
    uint32_t i = first_slot(m, id);

    while (m->slots[i].position != NOWHERE)
        i = (i + 1) & m->mask;
    m->slots[i] = (struct idmap_slot){.id = id, .position = position};
}

uint32_t idmap_find(const struct idmap *m, int64_t id)
{
    uint32_t i = first_slot(m, id);

    while (m->slots[i].position != NOWHERE && m->slots[i].id != id)
        i = (i + 1) & m->mask;
    return m->slots[i].position;
}
