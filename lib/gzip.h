/*
 * gzip: boards are kept and sent compressed; each is one gzip member without name or time, so that
 * the same text gives the same bytes.
 *
 * By libdeflate, which works on whole buffers and is two to three times as fast as zlib. Its
 * working memory is allocated once and reused.
 */
#ifndef LIB_GZIP_H
#define LIB_GZIP_H

#include <stddef.h>

#include "lib/buffer.h"
#include "lib/err.h"

struct gzip;

struct gzip *gzip_new(int level, struct err *err); /* 1 (fast) to 12 (small) */
void gzip_free(struct gzip *z);                    /* safe on NULL */

/* Both replace what `out` holds, and stay within out->max. */
int gzip_compress(struct gzip *z, const struct buffer *in, struct buffer *out,
                  struct err *err) MUST_CHECK;

/* How long the text of a member is, by what its last bytes say. */
#define GZIP_LENGTH_BYTES 4
size_t gzip_announced_length(const unsigned char end[GZIP_LENGTH_BYTES]);

/* Anything but exactly one whole member, with the right checksum and length, is an error. */
int gzip_expand(struct gzip *z, const struct buffer *in, struct buffer *out,
                struct err *err) MUST_CHECK;

#endif
