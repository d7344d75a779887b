#include "lib/json.h"

#include <cjson/cJSON.h>
#include <pthread.h>

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* What becomes of each byte at the start of a character: ' ' it stays, 'u' it becomes \u00XX, '8'
 * it begins a UTF-8 sequence, and any other letter follows a backslash in its place. */
/* clang-format off */
static const char treatment[] =
    "uuuuuuuubtnufruu" "uuuuuuuuuuuuuuuu" /* 00: control characters */
    "  \"   u         " "            u u " /* 20: " & < > */
    "                " "            \\   " /* 40: \ */
    "                " "               u" /* 60: DEL */
    "8888888888888888" "8888888888888888" "8888888888888888" "8888888888888888" /* 80 */
    "8888888888888888" "8888888888888888" "8888888888888888" "8888888888888888"; /* c0 */
/* clang-format on */

static void append_u_escape(struct buffer *b, unsigned code)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[] = {
        '\\', 'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15], hex[code & 15]};

    buffer_append(b, escape, sizeof escape);
}

static void append_escape(struct buffer *b, unsigned char c)
{
    const char escape[] = {'\\', treatment[c]};

    if (treatment[c] == 'u')
        append_u_escape(b, c);
    else
        buffer_append(b, escape, sizeof escape);
}

/* The length of the UTF-8 sequence at `s`, which does not start with an ASCII byte; 0: it is not a
 * valid one. The second byte's bounds exclude overlong forms, surrogates and what is beyond
 * U+10FFFF (Unicode, table 3-7). */
static size_t utf8_length(const unsigned char *s, size_t available)
{
    unsigned char lead = s[0], low = 0x80, high = 0xbf;
    size_t len;

    if (lead >= 0xc2 && lead <= 0xdf)
        len = 2;
    else if (lead >= 0xe0 && lead <= 0xef)
        len = 3;
    else if (lead >= 0xf0 && lead <= 0xf4)
        len = 4;
    else
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (available < len || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

/* Appends the character at `s` and returns how many bytes of `s` it took. */
static size_t append_multibyte(struct buffer *b, const unsigned char *s, size_t available)
{
    size_t len = utf8_length(s, available);

    if (len == 0) {
        buffer_append(b, REPLACEMENT, strlen(REPLACEMENT));
        return 1;
    }
    if (len == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
        append_u_escape(b, 0x2000 | (s[2] & 0x3fu)); /* U+2028, U+2029: line ends in JavaScript */
    else
        buffer_append(b, s, len);
    return len;
}

static size_t clean_run(const unsigned char *s, size_t len)
{
    size_t n = 0;

    while (n < len && treatment[s[n]] == ' ')
        n++;
    return n;
}

void json_append_string(struct buffer *b, const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t i = 0;

    buffer_append_char(b, '"');
    while (i < len) {
        size_t run = clean_run(s + i, len - i);

        buffer_append(b, s + i, run);
        i += run;
        if (i == len)
            break;
        if (treatment[s[i]] == '8')
            i += append_multibyte(b, s + i, len - i);
        else
            append_escape(b, s[i++]);
    }
    buffer_append_char(b, '"');
}

void json_append_text(struct buffer *b, const char *text)
{
    json_append_string(b, text, strlen(text));
}

/* --- Reading ---------------------------------------------------------------------------------- */

struct cJSON *json_parse(const char *text, size_t len)
{
    static pthread_mutex_t last_error = PTHREAD_MUTEX_INITIALIZER; /* which cJSON has but one of */
    const char *end;
    cJSON *json;

    /* cJSON takes a NUL for the end of a string, or for a blank. */
    if (len == 0 || memchr(text, '\0', len))
        return NULL;
    pthread_mutex_lock(&last_error);
    json = cJSON_ParseWithLengthOpts(text, len, &end, false);
    pthread_mutex_unlock(&last_error);
    while (json && end < text + len && strchr(" \t\r\n", *end))
        end++;
    if (!json || end == text + len)
        return json;
    cJSON_Delete(json);
    return NULL;
}
