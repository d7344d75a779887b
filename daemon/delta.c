/* ZSTD_compressSequences() is among what libzstd may still change, and has not since 1.4.7; the
 * tests of round trips would tell. What 1.5.1 made of blocks that their caller ends was wrong. */
#define ZSTD_STATIC_LINKING_ONLY

#include "daemon/delta.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#include "lib/deltas.h"

/* RFC 9842, section 5: a browser has a window of 8 MB, or of 1.25 times the dictionary where that is
 * more, but of 128 MB at most. */
#define WINDOW_LEAST ((size_t)8 << 20)
#define WINDOW_MOST  ((size_t)128 << 20)

#define BLOCK       ZSTD_BLOCKSIZE_MAX
#define LEAST_MATCH 3 /* of the format */

struct delta {
    ZSTD_CCtx *context;
    ZSTD_Sequence *sequences; /* reused, as the context's memory is */
    size_t room;
};

struct delta *delta_new(struct err *err)
{
    struct delta *d = calloc(1, sizeof *d);

    if (d)
        d->context = ZSTD_createCCtx();
    if (!d || !d->context) {
        err_set(err, "no memory for deltas");
        delta_free(d);
        return NULL;
    }
    return d;
}

void delta_free(struct delta *d)
{
    if (!d)
        return;
    ZSTD_freeCCtx(d->context);
    free(d->sequences);
    free(d);
}

void delta_digest(unsigned char digest[DICTIONARY_DIGEST], const struct buffer *text)
{
    SHA256((const unsigned char *)text->data, text->len, digest);
}

/* A frame that knows its length takes exactly this as its window. The dictionary is within reach
 * for as long as the window is. */
static bool window_fits(const struct buffer *text, const struct ancestor *ancestor)
{
    size_t window = ancestor->len + ancestor->len / 4;

    if (window < WINDOW_LEAST)
        window = WINDOW_LEAST;
    return text->len <= (window < WINDOW_MOST ? window : WINDOW_MOST);
}

static int window_log(size_t len)
{
    int log = ZSTD_cParam_getBounds(ZSTD_c_windowLog).lowerBound;

    while (((size_t)1 << log) < len)
        log++;
    return log;
}

static void set_parameters(ZSTD_CCtx *context, size_t len)
{
    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log(len));
    ZSTD_CCtx_setParameter(context, ZSTD_c_blockDelimiters, ZSTD_sf_explicitBlockDelimiters);
    /* A browser that has another dictionary after all notices it. */
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
}

/* --- Copies, as zstd has them ------------------------------------------------------------------ */

/* Blocks of BLOCK bytes, each of them a list of sequences: so much that is new, then so much from so
 * far back, where the dictionary is right before the text. What is new at its end closes a block. */
struct delta_script {
    ZSTD_Sequence *list;
    size_t n;
    size_t done; /* the text is accounted for up to here */
    size_t end;  /* of the block */
    size_t len;  /* of the text */
};

static size_t block_end(const struct delta_script *s)
{
    return s->len - s->done < BLOCK ? s->len : s->done + BLOCK;
}

static void close_block(struct delta_script *s)
{
    s->list[s->n++] = (ZSTD_Sequence){.litLength = (unsigned)(s->end - s->done)};
    s->done = s->end;
    s->end = block_end(s);
}

static void write_copy(struct delta_script *s, size_t at, size_t len, size_t offset)
{
    if (len < LEAST_MATCH)
        return;
    s->list[s->n++] = (ZSTD_Sequence){.litLength = (unsigned)(at - s->done),
                                      .matchLength = (unsigned)len,
                                      .offset = (unsigned)offset};
    s->done = at + len;
}

/* A copy that goes beyond its block is several. */
static void write_copies(struct delta_script *s, const struct ancestor *ancestor)
{
    for (size_t i = 0; i < ancestor->copies.n; i++) {
        const struct copy *c = &ancestor->copies.list[i];
        size_t at = c->at, copy_end = at + c->len;

        while (at < copy_end) {
            size_t part_end = copy_end < s->end ? copy_end : s->end;

            if (at < part_end)
                write_copy(s, at, part_end - at, ancestor->len + c->at - c->from);
            if (part_end > at)
                at = part_end;
            if (at >= s->end)
                close_block(s);
        }
    }
    while (s->done < s->len)
        close_block(s);
}

/* Returns how many there are; 0: no memory. */
static size_t make_sequences(struct delta *d, const struct ancestor *ancestor, size_t len)
{
    size_t most = ancestor->copies.n + 2 * (len / BLOCK + 2);
    struct delta_script s = {.len = len};

    if (d->room < most) {
        ZSTD_Sequence *room = realloc(d->sequences, most * sizeof *room);

        if (!room)
            return 0;
        d->sequences = room;
        d->room = most;
    }
    s.list = d->sequences;
    s.end = block_end(&s);
    write_copies(&s, ancestor);
    return s.n;
}

/* --- The whole -------------------------------------------------------------------------------- */

int delta_make(struct delta *d, const struct ancestor *ancestor, const struct buffer *text,
               struct buffer *out, struct err *err)
{
    size_t room = ZSTD_compressBound(text->len), nsequences, len;
    char *to;

    buffer_clear(out);
    if (!window_fits(text, ancestor))
        return 0;
    nsequences = make_sequences(d, ancestor, text->len);
    to = buffer_reserve(out, DELTA_HEADER + room); /* which costs nothing while it is not touched */
    if (!to || nsequences == 0)
        return err_set(err, "no memory for a delta");
    set_parameters(d->context, text->len);
    len = ZSTD_compressSequences(d->context, to + DELTA_HEADER, room, d->sequences, nsequences,
                                 text->data, text->len);
    if (ZSTD_isError(len))
        return err_set(err, "no delta: %s", ZSTD_getErrorName(len));
    delta_header(to, ancestor->digest);
    out->len = DELTA_HEADER + len;
    return 0;
}
