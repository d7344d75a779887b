/*
 * What is compressed, and the list of deltas that lies in Redis. Input: bytes, which are taken for a
 * gzip member, for a text, and for deltas.
 */
#include "lib/gzip.h"

#include "lib/deltas.h"
#include "tests/fuzz/fuzz.h"

#define EXPANDED_MAX ((size_t)1 << 20)

static struct gzip *tools;

static void check_expand(const struct buffer *in)
{
    struct buffer out = {.max = EXPANDED_MAX};
    struct err err = {""};

    if (gzip_expand(tools, in, &out, &err) == 0) {
        CHECK(out.len <= EXPANDED_MAX);
        CHECK(out.len ==
              gzip_announced_length((const unsigned char *)in->data + in->len - GZIP_LENGTH_BYTES));
    } else {
        CHECK(err.text[0]);
    }
    buffer_release(&out);
}

/* There and back; and no bit less will do. */
static void check_round(const struct buffer *text)
{
    struct buffer packed = {0}, out = {.max = EXPANDED_MAX};
    struct err err;

    CHECK(gzip_compress(tools, text, &packed, &err) == 0);
    CHECK(gzip_expand(tools, &packed, &out, &err) == 0);
    CHECK(out.len == text->len && (out.len == 0 || memcmp(out.data, text->data, out.len) == 0));
    packed.len--;
    CHECK(gzip_expand(tools, &packed, &out, &err) < 0);
    buffer_release(&packed);
    buffer_release(&out);
}

/* Each lies within, and those that were found are what one would have put there. */
static void check_deltas(const struct buffer *in)
{
    struct buffer again = {0};
    struct delta_view delta;
    size_t at = 0;

    while (deltas_next(in, &at, &delta)) {
        CHECK(delta.data > in->data && delta.data + delta.len == in->data + at);
        CHECK(strlen(delta.dictionary) == DICTIONARY_NAME_MAX - 1);
        CHECK(!strpbrk(delta.dictionary, "/."));
        deltas_append(&again,
                      &(struct buffer){.data = in->data + at - delta.len, .len = delta.len});
    }
    CHECK(again.len == at && (at == 0 || memcmp(again.data, in->data, at) == 0));
    buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    struct buffer bytes = {.data = input_rest(&in), .len = size};
    struct err err;

    if (!tools)
        tools = gzip_new(1, &err);
    CHECK(tools);
    check_expand(&bytes);
    check_round(&bytes);
    check_deltas(&bytes);
    free(bytes.data);
    return 0;
}
