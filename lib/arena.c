#include "lib/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define SMALLEST_BLOCK ((size_t)64 * 1024)

struct arena_block {
    struct arena_block *older;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static void free_blocks(struct arena_block *b)
{
    while (b) {
        struct arena_block *older = b->older;
        free(b);
        b = older;
    }
}

void arena_release(struct arena *a)
{
    free_blocks(a->block);
    arena_init(a);
}

/* Puts a new block of `size` bytes before the others. */
static bool add_block(struct arena *a, size_t size)
{
    struct arena_block *b;

    if (size > SIZE_MAX - sizeof *b)
        return false;
    b = malloc(sizeof *b + size);
    if (!b)
        return false;
    *b = (struct arena_block){.older = a->block, .size = size};
    a->block = b;
    return true;
}

static size_t total_size(const struct arena_block *b)
{
    size_t total = 0;

    for (; b; b = b->older)
        total += b->size;
    return total;
}

/* One block as big as all together takes their place; if it is not to be had, the next taker finds
 * out. */
void arena_reset(struct arena *a)
{
    size_t total = total_size(a->block);

    a->failed = false;
    if (a->block && a->block->older) {
        free_blocks(a->block);
        a->block = NULL;
        add_block(a, total);
    }
    if (a->block)
        a->block->used = 0;
}

bool arena_failed(const struct arena *a)
{
    return a->failed;
}

/* Rounded up so that whatever is taken next is aligned. */
static bool aligned_bytes(size_t n, size_t size, size_t *bytes)
{
    size_t align = alignof(max_align_t);

    if (__builtin_mul_overflow(n, size, bytes) || *bytes > SIZE_MAX - align)
        return false;
    *bytes = (*bytes + align - 1) / align * align;
    return true;
}

void *arena_take(struct arena *a, size_t n, size_t size)
{
    size_t bytes;
    void *taken;

    if (!aligned_bytes(n, size, &bytes))
        goto failed;
    if (!a->block || a->block->size - a->block->used < bytes)
        if (!add_block(a, bytes > SMALLEST_BLOCK ? bytes : SMALLEST_BLOCK))
            goto failed;
    taken = a->block->bytes + a->block->used;
    a->block->used += bytes;
    return taken;
failed:
    a->failed = true;
    return NULL;
}
