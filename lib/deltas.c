#include "lib/deltas.h"

#include <string.h>

/* RFC 9842, section 5: a skippable frame of Zstandard, whose content is the dictionary's digest. */
static const unsigned char magic[] = {0x5e, 0x2a, 0x4d, 0x18, DICTIONARY_DIGEST, 0, 0, 0};

#define LENGTH_BYTES 4

void delta_header(char header[DELTA_HEADER], const unsigned char digest[DICTIONARY_DIGEST])
{
    memcpy(header, magic, sizeof magic);
    memcpy(header + sizeof magic, digest, DICTIONARY_DIGEST);
}

void deltas_append(struct buffer *deltas, const struct buffer *delta)
{
    for (int i = 0; i < LENGTH_BYTES; i++)
        buffer_append_char(deltas, (char)(delta->len >> 8 * i & 0xff));
    buffer_append(deltas, delta->data, delta->len);
}

static size_t length_at(const char *data)
{
    const unsigned char *bytes = (const unsigned char *)data;

    return (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 |
           (size_t)bytes[3] << 24;
}

bool deltas_next(const struct buffer *deltas, size_t *at, struct delta_view *delta)
{
    size_t rest = deltas->len - *at, len;

    if (rest < LENGTH_BYTES)
        return false;
    len = length_at(deltas->data + *at);
    if (len > rest - LENGTH_BYTES || len <= DELTA_HEADER)
        return false;
    delta->data = deltas->data + *at + LENGTH_BYTES;
    delta->len = len;
    dictionary_name(delta->dictionary, (const unsigned char *)delta->data + sizeof magic);
    *at += LENGTH_BYTES + len;
    return true;
}
