#include "lib/cors.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SEPARATORS " \t,"
#define ANY        "*"

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char scheme_more[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
static const char host_and_port[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";

/* The next of the list, at *at; 0: there is none. */
static size_t next_origin(const char **at)
{
    *at += strspn(*at, SEPARATORS);
    return strcspn(*at, SEPARATORS);
}

/* As browsers write one: scheme://host[:port], in lower case, without a path. */
static bool is_origin(const char *text, size_t len)
{
    size_t scheme = strspn(text, scheme_more);
    const char *host = text + scheme + strlen("://");

    return len <= CORS_ORIGIN_MAX && strchr(lower, text[0]) &&
           strncmp(text + scheme, "://", strlen("://")) == 0 && host < text + len &&
           host + strspn(host, host_and_port) == text + len;
}

int cors_check(const char *origins, struct err *err)
{
    const char *at = origins;
    size_t len, count = 0, any = 0;

    for (; (len = next_origin(&at)) > 0; at += len, count++) {
        if (len == strlen(ANY) && *at == *ANY)
            any++;
        else if (!is_origin(at, len))
            return err_set(err,
                           "\"%.*s\" is no origin: write it like https://ctf.example.org, in lower "
                           "case and without a path",
                           (int)len, at);
    }
    return any == 0 || count == 1 ? 0 : err_set(err, "* is any origin: it stands alone");
}

/* What `origin` is to be told that may read the answer; NULL: nothing. */
static const char *find(const char *origins, const char *origin, size_t len, size_t *found_len)
{
    const char *at = origins;

    for (; (*found_len = next_origin(&at)) > 0; at += *found_len)
        if (*at == *ANY || (*found_len == len && memcmp(at, origin, len) == 0))
            return at;
    return NULL;
}

const char *cors_headers(char out[CORS_HEADERS_MAX], const char *origins, const char *origin,
                         size_t len)
{
    size_t allowed_len;
    const char *allowed = origin ? find(origins, origin, len, &allowed_len) : NULL;

    out[0] = '\0';
    if (allowed)
        snprintf(out, CORS_HEADERS_MAX,
                 "Access-Control-Allow-Origin: %.*s\r\n"
                 "Access-Control-Expose-Headers: ETag, Retry-After, X-Scoreboard-Revision\r\n",
                 (int)allowed_len, allowed);
    return out;
}
