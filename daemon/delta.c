#include "daemon/delta.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "lib/deltas.h"

/* RFC 9842, section 5: a browser has a window of 8 MB, or of 1.25 times the dictionary where that is
 * more, but of 128 MB at most. */
#define WINDOW_LEAST ((size_t)8 << 20)
#define WINDOW_MOST  ((size_t)128 << 20)

/* Up to here level 5 finds all that there is. Beyond, its tables are too small for the whole of the
 * dictionary, and what zstd calls long-distance matching finds in less time what is worth it. */
#define SHORT_TEXT  ((size_t)2 << 20)
#define SHORT_LEVEL 5
#define LONG_LEVEL  2
#define LONG_MATCH  128 /* bytes, at least */
#define LONG_RATE   7   /* one in 2^7 places is remembered */

struct delta {
    ZSTD_CCtx *context;
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
    free(d);
}

void delta_digest(unsigned char digest[DICTIONARY_DIGEST], const struct buffer *text)
{
    SHA256((const unsigned char *)text->data, text->len, digest);
}

/* A frame that knows its length takes exactly this as its window. The dictionary is within reach
 * for as long as the window is. */
static bool window_fits(const struct buffer *text, const struct buffer *dictionary)
{
    size_t window = dictionary->len + dictionary->len / 4;

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

/* Each value is within libzstd's bounds, or the test of a round trip would fail. */
static void set_parameters(ZSTD_CCtx *context, size_t len)
{
    const bool is_short = len <= SHORT_TEXT;
    const struct {
        ZSTD_cParameter parameter;
        int value;
    } settings[] = {
        {ZSTD_c_compressionLevel, is_short ? SHORT_LEVEL : LONG_LEVEL},
        {ZSTD_c_windowLog, window_log(len)},
        {ZSTD_c_enableLongDistanceMatching, !is_short},
        {ZSTD_c_ldmMinMatch, LONG_MATCH},
        {ZSTD_c_ldmHashRateLog, LONG_RATE},
        {ZSTD_c_checksumFlag, 1}, /* a browser that has another dictionary after all notices it */
    };

    ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        ZSTD_CCtx_setParameter(context, settings[i].parameter, settings[i].value);
}

int delta_make(struct delta *d, const struct dictionary *dictionary, const struct buffer *text,
               size_t most, struct buffer *out, struct err *err)
{
    const struct buffer *old = dictionary->text;
    size_t len;
    char *to;

    buffer_clear(out);
    if (most <= DELTA_HEADER || !window_fits(text, old))
        return 0;
    to = buffer_reserve(out, most);
    if (!to)
        return err_set(err, "no memory for a delta of %zu bytes", most);
    set_parameters(d->context, text->len);
    ZSTD_CCtx_refPrefix(d->context, old->data, old->len);
    len = ZSTD_compress2(d->context, to + DELTA_HEADER, most - DELTA_HEADER, text->data, text->len);
    if (ZSTD_getErrorCode(len) == ZSTD_error_dstSize_tooSmall)
        return 0;
    if (ZSTD_isError(len))
        return err_set(err, "no delta: %s", ZSTD_getErrorName(len));
    delta_header(to, dictionary->digest);
    out->len = DELTA_HEADER + len;
    return 0;
}
