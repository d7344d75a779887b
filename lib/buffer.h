/*
 * buffer: bytes that grow at their end.
 *
 * Failure is sticky: when memory or the bound runs out, the buffer drops what comes and remembers
 * it, so that a renderer appends a million times and asks once, at the end, with buffer_failed().
 * The bytes are not terminated. buffer_clear() keeps the memory: a buffer that is filled anew for
 * each revision is allocated once (fresh 20 MB blocks cost more than filling them, since malloc
 * maps them anew).
 */
#ifndef LIB_BUFFER_H
#define LIB_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/err.h"

/* A zeroed one is empty and has no bound; {.max = n} has one. */
struct buffer {
    char *data;
    size_t len;
    size_t cap;
    size_t max; /* the bound in bytes; 0: none but memory */
    bool failed;
};

void buffer_release(struct buffer *b); /* safe on a released or zeroed one; the bound stays */
void buffer_clear(struct buffer *b);   /* empty and not failed; the memory stays */
bool buffer_failed(const struct buffer *b);

void buffer_append_int(struct buffer *b, int64_t n); /* decimal; fast: no printf */
/* Takes one byte more than it appends, for a while. */
void buffer_printf(struct buffer *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* --- Called some ten million times for a large board, hence inline ---------------------------- */

/* buffer_reserve()'s way when the bytes do not fit, or only just. */
char *buffer_reserve_slowly(struct buffer *b, size_t n);

/* Makes room for `n` more bytes and returns where they go (then add what was written to b->len), or
 * NULL, and the buffer has failed. */
static inline char *buffer_reserve(struct buffer *b, size_t n)
{
    if (!b->failed && n < b->cap - b->len)
        return b->data + b->len;
    return buffer_reserve_slowly(b, n);
}

static inline void buffer_append(struct buffer *b, const void *bytes, size_t n)
{
    char *to = buffer_reserve(b, n);

    if (to && n > 0) {
        memcpy(to, bytes, n);
        b->len += n;
    }
}

/* A terminated string. Of a literal the compiler knows the length: it becomes a few moves. */
static inline void buffer_append_text(struct buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

static inline void buffer_append_char(struct buffer *b, char c)
{
    buffer_append(b, &c, 1);
}

#endif
