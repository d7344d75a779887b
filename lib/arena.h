/*
 * arena: the working memory of one build, given back all at once and kept for the next.
 *
 * Taking is moving a pointer. After the first build of a size everything lies in one block, and
 * builds of that size allocate nothing more. Failure is sticky, as with buffers: take all that is
 * needed, then ask arena_failed() once.
 */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* the newest; the full ones hang on to it */
    bool failed;
};

void arena_init(struct arena *a);
void arena_release(struct arena *a); /* safe on a released or zeroed one */
void arena_reset(struct arena *a);   /* all that was taken is void; the memory stays */
bool arena_failed(const struct arena *a);

/* Room for `n` items of `size` bytes, aligned for any of them, contents undefined; NULL, and the
 * arena has failed, when there is none. Never NULL because `n` is 0. */
void *arena_take(struct arena *a, size_t n, size_t size);

#endif
