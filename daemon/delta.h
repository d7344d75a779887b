/*
 * delta: a board, told as what differs from an older text of it, in the form that browsers take
 * (RFC 9842, content coding `dcz`): a header that names the older text, the dictionary, then one
 * frame of Zstandard that copies from it.
 *
 * What is copied from where we know ourselves (copies.h); libzstd writes it down. Two solves among
 * 300,000 take some 40 KB where the board gzipped takes 2.5 MB.
 */
#ifndef DAEMON_DELTA_H
#define DAEMON_DELTA_H

#include <stddef.h>

#include "daemon/copies.h"
#include "lib/buffer.h"
#include "lib/dictionary.h"
#include "lib/err.h"

struct delta;

struct delta *delta_new(struct err *err);
void delta_free(struct delta *d); /* safe on NULL */

void delta_digest(unsigned char digest[DICTIONARY_DIGEST], const struct buffer *text);

/* An older text, and how the text is made of it. */
struct ancestor {
    unsigned char digest[DICTIONARY_DIGEST];
    size_t len;
    struct copies copies;
};

/* Puts into `out` how the text, of 7 bytes at least, differs from its ancestor. out->len is 0 where
 * that takes a window wider than every browser has. */
int delta_make(struct delta *d, const struct ancestor *ancestor, const struct buffer *text,
               struct buffer *out, struct err *err) MUST_CHECK;

#endif
