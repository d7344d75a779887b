#include "lib/buffer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_CAP 256

void buffer_release(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){.max = b->max};
}

void buffer_clear(struct buffer *b)
{
    b->len = 0;
    b->failed = false;
}

bool buffer_failed(const struct buffer *b)
{
    return b->failed;
}

/* The capacity to grow to: at least `need` (which is within the bound), else half as much again. */
static size_t grown_cap(const struct buffer *b, size_t need)
{
    size_t cap = b->cap + b->cap / 2;

    if (cap < SMALLEST_CAP)
        cap = SMALLEST_CAP;
    if (b->max > 0 && cap > b->max)
        cap = b->max;
    return cap > need ? cap : need;
}

static bool grow(struct buffer *b, size_t n)
{
    size_t most = b->max > 0 ? b->max : SIZE_MAX / 4; /* half as much again cannot overflow */
    size_t cap;
    char *data;

    if (n > most || b->len > most - n)
        return false;
    cap = grown_cap(b, b->len + n);
    data = realloc(b->data, cap);
    if (!data)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

char *buffer_reserve_slowly(struct buffer *b, size_t n)
{
    bool fits = b->data && n <= b->cap - b->len;

    if (b->failed)
        return NULL;
    if (!fits && !grow(b, n)) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void buffer_append_int(struct buffer *b, int64_t n)
{
    char digits[20]; /* -9223372036854775808 */
    char *end = digits + sizeof digits, *start = end;
    uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

    do {
        *--start = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0)
        *--start = '-';
    buffer_append(b, start, (size_t)(end - start));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
    va_list ap;
    int len;
    char *to;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        b->failed = true;
        return;
    }
    to = buffer_reserve(b, (size_t)len + 1); /* vsnprintf writes a NUL, which is not counted */
    if (!to)
        return;
    va_start(ap, fmt);
    vsnprintf(to, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)len;
}
