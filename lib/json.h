/*
 * json: writing JSON text, harmless inside HTML too.
 *
 * Written strings are always valid UTF-8: each byte that does not belong to a valid sequence
 * becomes U+FFFD. Escaped are `"`, `\`, control characters, and, as \u...., `<`, `>`, `&`, U+007F,
 * U+2028 and U+2029. Reading small documents is cJSON's work (which refuses nesting beyond 1,000).
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include "lib/buffer.h"

struct cJSON;

/* Appends "text" with its quotes. `text` may hold any bytes, NUL included. */
void json_append_string(struct buffer *b, const char *text, size_t len);
void json_append_text(struct buffer *b, const char *text); /* a terminated string */

/* The whole of `text` as one JSON value, which the caller cJSON_Delete()s; NULL when it is anything
 * else. Any thread may call it; cJSON's own functions for that share a variable. */
struct cJSON *json_parse(const char *text, size_t len);

/* For an array's next item: a comma, unless the array has just begun. */
static inline void json_begin_item(struct buffer *b)
{
    if (b->len > 0 && b->data[b->len - 1] != '[')
        buffer_append_char(b, ',');
}

#endif
