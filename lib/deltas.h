/*
 * deltas: how a board differs from some older texts of it (RFC 9842, `dcz`), all in one buffer: so
 * they travel through memory and Redis. On the disk each is a file, named by its dictionary.
 *
 * In the buffer each has its length in front of it. Each begins with a header that names its
 * dictionary, the older text, by its SHA-256.
 */
#ifndef LIB_DELTAS_H
#define LIB_DELTAS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buffer.h"
#include "lib/dictionary.h"

#define DELTAS_MAX 8 /* of one board, at most */

#define DELTA_HEADER (8 + DICTIONARY_DIGEST)
void delta_header(char header[DELTA_HEADER], const unsigned char digest[DICTIONARY_DIGEST]);

/* One of them, within the buffer. */
struct delta_view {
    const char *data;
    size_t len;
    char dictionary[DICTIONARY_NAME_MAX];
};

void deltas_append(struct buffer *deltas, const struct buffer *delta);

/* The one at *at, which begins as 0 and moves on. False: no more. What anyone may have written into
 * Redis is no more either. */
bool deltas_next(const struct buffer *deltas, size_t *at, struct delta_view *delta);

#endif
