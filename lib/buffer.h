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

#include "lib/err.h"

struct buffer {
    char *data;
    size_t len;
    size_t cap;
    size_t max; /* the bound in bytes; 0: none but memory */
    bool failed;
};

#define BUFFER_INIT \
    {               \
        0           \
    }

void buffer_init(struct buffer *b, size_t max);
void buffer_release(struct buffer *b); /* safe on a released or zeroed one */
void buffer_clear(struct buffer *b);   /* empty and not failed; the memory stays */
bool buffer_failed(const struct buffer *b);

/* Makes room for `n` more bytes and returns where they go (then add what was written to b->len), or
 * NULL, and the buffer has failed. */
char *buffer_reserve(struct buffer *b, size_t n);

void buffer_append(struct buffer *b, const void *bytes, size_t n);
void buffer_append_text(struct buffer *b, const char *text); /* a terminated string */
void buffer_append_char(struct buffer *b, char c);
void buffer_append_int(struct buffer *b, int64_t n); /* decimal; fast: no printf */
void buffer_printf(struct buffer *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
