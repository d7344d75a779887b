/*
 * How a text differs from an older one, told so that a browser makes it again. Input: a byte that says
 * how often what follows is repeated, the older text up to a NUL, then edits: from where of the older
 * text, how much, and what comes after it.
 */
#include "daemon/delta.h"

#include <zstd.h>

#include "lib/deltas.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX ((size_t)1 << 17)

static struct delta *tools;

static void write_older(struct buffer *older, struct input *in)
{
    uint8_t times = input_byte(in);
    const uint8_t *end = input_left(in) > 0 ? memchr(in->at, '\0', input_left(in)) : NULL;
    char *text = input_text(in, end ? (size_t)(end - in->at) : input_left(in));

    for (int i = 0; i <= times && older->len < TEXT_MAX / 2; i++)
        buffer_printf(older, "{%s%d", text, times > 200 ? i : 0);
    (void)input_byte(in);
    free(text);
}

static void write_text(struct buffer *text, const struct buffer *older, struct input *in)
{
    while (input_left(in) > 0 && text->len < TEXT_MAX) {
        size_t from = input_number(in, 2) % (older->len + 1), len = input_number(in, 2);
        char *added = input_text(in, input_byte(in) % 16);

        buffer_append(text, older->data + from, len < older->len - from ? len : older->len - from);
        buffer_append_text(text, added);
        free(added);
    }
    buffer_append_text(text, "seven..");
}

/* They are copies, in the text's order, and do not overlap. */
static void check_copies(const struct copies *copies, const struct buffer *older,
                         const struct buffer *text)
{
    size_t end = 0;

    for (size_t i = 0; i < copies->n; i++) {
        const struct copy *c = &copies->list[i];

        CHECK(c->at >= end && c->len > 0);
        end = (size_t)c->at + c->len;
        CHECK(end <= text->len && (size_t)c->from + c->len <= older->len);
        CHECK(memcmp(text->data + c->at, older->data + c->from, c->len) == 0);
    }
}

static void check_told(const struct buffer *told, const struct buffer *older,
                       const struct buffer *text)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {told->data, told->len, DELTA_HEADER};
    ZSTD_outBuffer out = {malloc(text->len + 1), text->len + 1, 0};
    size_t rest = 1;

    CHECK(context && out.dst && told->len > DELTA_HEADER);
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 23);
    ZSTD_DCtx_refPrefix(context, older->data, older->len);
    while (rest > 0 && in.pos < in.size) {
        rest = ZSTD_decompressStream(context, &out, &in);
        CHECK(!ZSTD_isError(rest));
    }
    CHECK(rest == 0 && in.pos == in.size && out.pos == text->len);
    CHECK(memcmp(out.dst, text->data, text->len) == 0);
    free(out.dst);
    ZSTD_freeDCtx(context);
}

static void check_delta(struct ancestor *ancestor, const struct buffer *older,
                        const struct buffer *text)
{
    struct buffer told = {0};
    struct err err;

    check_copies(&ancestor->copies, older, text);
    ancestor->len = older->len;
    delta_digest(ancestor->digest, older);
    CHECK(delta_make(tools, ancestor, text, &told, &err) == 0);
    check_told(&told, older, text);
    buffer_release(&told);
}

/* From the older one, and from one that is older still by way of it. */
static void check_all(const struct buffer *oldest, const struct buffer *older,
                      const struct buffer *text)
{
    struct ancestor direct = {.len = 0}, by_way = {.len = 0};
    struct copies first = {0};
    struct err err;

    CHECK(copies_find(&first, oldest, older, &err) == 0);
    CHECK(copies_find(&direct.copies, older, text, &err) == 0);
    CHECK(copies_compose(&by_way.copies, &first, &direct.copies, &err) == 0);
    check_delta(&direct, older, text);
    check_delta(&by_way, oldest, text);
    copies_release(&first);
    copies_release(&direct.copies);
    copies_release(&by_way.copies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size), halves[2];
    struct buffer oldest = {0}, older = {0}, text = {0};
    struct err err;

    if (!tools)
        tools = delta_new(&err);
    CHECK(tools);
    write_older(&oldest, &in);
    halves[0] = halves[1] = in;
    halves[0].end = halves[1].at = in.at + input_left(&in) / 2;
    write_text(&older, &oldest, &halves[0]);
    write_text(&text, &older, &halves[1]);
    check_all(&oldest, &older, &text);
    buffer_release(&oldest);
    buffer_release(&older);
    buffer_release(&text);
    return 0;
}
