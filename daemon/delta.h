/*
 * delta: a board, told as what differs from an older text of it, in the form that browsers take
 * (RFC 9842, content coding `dcz`): a header that names the older text, the dictionary, then one
 * frame of Zstandard that copies from it.
 *
 * By libzstd, which is given the dictionary as what came right before the text. Two solves among
 * 300,000 then take some 50 KB where the board gzipped takes 2 MB, and about its time. What it works
 * in is allocated once and reused.
 */
#ifndef DAEMON_DELTA_H
#define DAEMON_DELTA_H

#include <stddef.h>

#include "lib/buffer.h"
#include "lib/dictionary.h"
#include "lib/err.h"

struct delta;

struct delta *delta_new(struct err *err);
void delta_free(struct delta *d); /* safe on NULL */

void delta_digest(unsigned char digest[DICTIONARY_DIGEST], const struct buffer *text);

/* An older text of a board. The text is borrowed. */
struct dictionary {
    const struct buffer *text;
    unsigned char digest[DICTIONARY_DIGEST];
};

/* Puts into `out` how `text` differs from the dictionary, whose memory must be another. out->len is
 * 0 where that takes more than `most` bytes, or a window wider than every browser has: such a delta
 * is not worth having. */
int delta_make(struct delta *d, const struct dictionary *dictionary, const struct buffer *text,
               size_t most, struct buffer *out, struct err *err) MUST_CHECK;

#endif
