#include "lib/gzip.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>

struct gzip {
    struct libdeflate_compressor *compressor;
    struct libdeflate_decompressor *expander;
};

struct gzip *gzip_new(int level, struct err *err)
{
    struct gzip *z = calloc(1, sizeof *z);

    if (z) {
        z->compressor = libdeflate_alloc_compressor(level);
        z->expander = libdeflate_alloc_decompressor();
    }
    if (!z || !z->compressor || !z->expander) {
        err_set(err, "no memory for gzip at level %d", level);
        gzip_free(z);
        return NULL;
    }
    return z;
}

void gzip_free(struct gzip *z)
{
    if (!z)
        return;
    libdeflate_free_compressor(z->compressor);
    libdeflate_free_decompressor(z->expander);
    free(z);
}

int gzip_compress(struct gzip *z, const struct buffer *in, struct buffer *out, struct err *err)
{
    size_t room = libdeflate_gzip_compress_bound(z->compressor, in->len);
    char *to;

    if (out->max > 0 && room > out->max)
        room = out->max; /* text that does not shrink at all is rare, and its failure is seen */
    buffer_clear(out);
    to = buffer_reserve(out, room);
    if (!to)
        return err_set(err, "no memory for %zu gzipped bytes", room);
    out->len = libdeflate_gzip_compress(z->compressor, in->data, in->len, to, room);
    return out->len > 0 ? 0 : err_set(err, "more than %zu gzipped bytes", room);
}

/* 32 bits, little endian (RFC 1952). */
size_t gzip_announced_length(const unsigned char end[GZIP_LENGTH_BYTES])
{
    return (size_t)end[0] | (size_t)end[1] << 8 | (size_t)end[2] << 16 | (size_t)end[3] << 24;
}

int gzip_expand(struct gzip *z, const struct buffer *in, struct buffer *out, struct err *err)
{
    size_t length, consumed, produced;
    char *to;

    if (in->len < GZIP_LENGTH_BYTES)
        return err_set(err, "not gzip: only %zu bytes", in->len);
    /* If the member does not lie: out->max bounds it, and libdeflate checks it. */
    length = gzip_announced_length((const unsigned char *)in->data + in->len - GZIP_LENGTH_BYTES);
    buffer_clear(out);
    to = buffer_reserve(out, length);
    if (!to)
        return err_set(err, "no room for %zu bytes", length);
    if (libdeflate_gzip_decompress_ex(z->expander, in->data, in->len, to, length, &consumed,
                                      &produced) != LIBDEFLATE_SUCCESS ||
        consumed != in->len)
        return err_set(err, "damaged gzip");
    out->len = produced;
    return 0;
}
