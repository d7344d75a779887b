#include "fcgi/negotiate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

#define DCZ "dcz" /* the content coding of RFC 9842, and so a tag's ending */

/* A run of bytes inside a header. */
struct span {
    const char *at;
    size_t len;
};

static bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && strncasecmp(span.at, text, span.len) == 0;
}

/* --- Accept-Encoding -------------------------------------------------------------------------- */

#define QUALITY_FULL    1000
#define QUALITY_UNNAMED (-1)

/* The weight in `;q=0.5`, in thousandths: 1000 without one, 0 for one that makes no sense. */
static int parse_quality(const char *params)
{
    int quality = 0, worth = QUALITY_FULL;

    params += strspn(params, BLANKS ";");
    if (strncasecmp(params, "q=", 2) != 0)
        return QUALITY_FULL;
    params += 2;
    for (; worth > 0; worth /= 10) {
        if (*params < '0' || *params > '9')
            break;
        quality += (*params++ - '0') * worth;
        if (worth == QUALITY_FULL && *params == '.')
            params++;
    }
    return quality <= QUALITY_FULL ? quality : 0;
}

/* What Accept-Encoding says of `coding` by its name. */
static int named_quality(const char *accept_encoding, const char *coding)
{
    const char *at = accept_encoding;
    struct span name;

    while (*(at += strspn(at, BLANKS ","))) {
        name = (struct span){at, strcspn(at, BLANKS ",;")};
        if (span_is(name, coding))
            return parse_quality(at + name.len);
        at += strcspn(at, ",");
    }
    return QUALITY_UNNAMED;
}

static int coding_quality(const char *accept_encoding, const char *coding)
{
    int quality = named_quality(accept_encoding, coding);

    return quality == QUALITY_UNNAMED ? named_quality(accept_encoding, "*") : quality;
}

bool negotiate_gzip(const char *accept_encoding)
{
    int quality;

    if (!accept_encoding)
        return false;
    quality = coding_quality(accept_encoding, "gzip");
    return quality > 0 && quality >= named_quality(accept_encoding, "identity");
}

bool negotiate_delta(char dictionary[DICTIONARY_NAME_MAX], const char *accept_encoding,
                     const char *available_dictionary)
{
    int quality = accept_encoding ? named_quality(accept_encoding, DCZ) : 0;

    if (quality > 0 && quality >= named_quality(accept_encoding, "gzip") &&
        quality >= named_quality(accept_encoding, "identity") &&
        dictionary_offered(dictionary, available_dictionary))
        return true;
    dictionary[0] = '\0';
    return false;
}

/* --- ETag and If-None-Match ------------------------------------------------------------------- */

static const char *const codings[] = {"gzip", "br", "zstd", "deflate"};
#define CODING_COUNT (sizeof codings / sizeof codings[0])

/* The content's name without quotes: what is common to the tags of all its forms. */
static size_t content_name(char name[ETAG_MAX], const struct variant *variant)
{
    return (size_t)snprintf(name, ETAG_MAX, "%" PRId64 "-%s", variant->revision, variant->file);
}

void negotiate_etag(char etag[ETAG_MAX], const struct variant *variant)
{
    static const char *const endings[] = {"", "-gzip", "-" DCZ "-"};

    snprintf(etag, ETAG_MAX, "\"%" PRId64 "-%s%s%s\"", variant->revision, variant->file,
             endings[variant->coding], variant->coding == CODING_DELTA ? variant->dictionary : "");
}

static bool is_delta_from(struct span coding, const char *dictionary)
{
    static const char prefix[] = DCZ "-";
    const size_t len = sizeof prefix - 1;

    return dictionary[0] != '\0' && coding.len == len + strlen(dictionary) &&
           memcmp(coding.at, prefix, len) == 0 &&
           memcmp(coding.at + len, dictionary, coding.len - len) == 0;
}

static bool coding_acceptable(struct span coding, const char *accept_encoding,
                              const char *dictionary)
{
    if (is_delta_from(coding, dictionary))
        return true;
    for (size_t i = 0; i < CODING_COUNT; i++)
        if (span_is(coding, codings[i]))
            return !accept_encoding || coding_quality(accept_encoding, codings[i]) > 0;
    return false;
}

/* Whether the inside of a tag's quotes names the content, in a form that the client can read. */
static bool tag_matches(struct span opaque, const struct variant *variant,
                        const char *accept_encoding, const char *dictionary)
{
    char name[ETAG_MAX];
    size_t len = content_name(name, variant);

    if (opaque.len < len || memcmp(opaque.at, name, len) != 0)
        return false;
    if (opaque.len == len)
        return true;
    return opaque.at[len] == '-' &&
           coding_acceptable((struct span){opaque.at + len + 1, opaque.len - len - 1},
                             accept_encoding, dictionary);
}

/* Takes the next tag off the list: the whole of it, and the inside of its quotes. False at the end,
 * and at whatever is no list of tags. */
static bool next_tag(const char **list, struct span *whole, struct span *opaque)
{
    const char *at = *list + strspn(*list, BLANKS ",");
    const char *quote = strncmp(at, "W/", 2) == 0 ? at + 2 : at;

    if (*quote != '"')
        return false;
    *opaque = (struct span){quote + 1, strcspn(quote + 1, "\"")};
    *list = opaque->at + opaque->len;
    if (**list != '"')
        return false;
    ++*list;
    *whole = (struct span){at, (size_t)(*list - at)};
    return true;
}

bool negotiate_unchanged(char etag[ETAG_MAX], const struct variant *variant,
                         const char *if_none_match, const char *accept_encoding,
                         const char *dictionary)
{
    struct span whole, opaque, best = {0};

    negotiate_etag(etag, variant);
    if (!if_none_match)
        return false;
    if (strcmp(if_none_match + strspn(if_none_match, BLANKS), "*") == 0)
        return true;
    while (next_tag(&if_none_match, &whole, &opaque)) {
        if (!tag_matches(opaque, variant, accept_encoding, dictionary))
            continue;
        if (whole.len == strlen(etag) && memcmp(whole.at, etag, whole.len) == 0)
            return true; /* the very form that we would send */
        if (!best.len)
            best = whole;
    }
    if (best.len)
        snprintf(etag, ETAG_MAX, "%.*s", (int)best.len, best.at);
    return best.len > 0;
}
