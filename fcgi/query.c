#include "fcgi/query.h"

#include <stdbool.h>
#include <string.h>

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    int value = found ? (int)(found - digits) : -1;

    return value < 16 ? value : value - 6;
}

/* Decodes the one byte that starts at `at` and returns where the next one starts. */
static const char *decode_byte(const char *at, const char *end, char *byte)
{
    int high = end - at > 2 && *at == '%' ? hex_digit(at[1]) : -1;
    int low = high >= 0 ? hex_digit(at[2]) : -1;

    if (low >= 0) {
        *byte = (char)(high << 4 | low);
        return at + 3;
    }
    *byte = *at == '+' ? ' ' : *at;
    return at + 1;
}

static bool decodes_to(const char *at, const char *end, const char *name)
{
    char byte;

    while (at < end) {
        at = decode_byte(at, end, &byte);
        if (byte == '\0' || byte != *name++)
            return false;
    }
    return *name == '\0';
}

static void decode_value(struct query_parameter *p, const char *at, const char *end)
{
    char byte;

    for (p->len = 0; at < end; p->len++) {
        at = decode_byte(at, end, &byte);
        if (p->len < sizeof p->value)
            p->value[p->len] = byte;
    }
}

struct query_parameter query_find(const char *query, const char *name)
{
    struct query_parameter found = {0};

    for (const char *at = query, *end; *at; at = *end ? end + 1 : end) {
        const char *equals;

        end = at + strcspn(at, "&");
        equals = memchr(at, '=', (size_t)(end - at));
        if (!decodes_to(at, equals ? equals : end, name))
            continue;
        found.times++;
        decode_value(&found, equals ? equals + 1 : end, end);
    }
    return found;
}
