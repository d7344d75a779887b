/*
 * Which form of a board a client gets, and whether it has it already. Input: three lines, which are
 * Accept-Encoding, If-None-Match and Available-Dictionary.
 */
#include "fcgi/negotiate.h"

#include <ctype.h>

#include "lib/buffer.h"
#include "tests/fuzz/fuzz.h"

#define REVISION INT64_C(1772215200431)
#define NAME     "1772215200431-leaderboard"

/* As another client might have written it: other case, blanks around commas. */
static char *rewritten(const char *list)
{
    struct buffer out = {0};

    for (; *list; list++)
        buffer_printf(&out, *list == ',' ? " \t%c  " : "%c",
                      isupper((unsigned char)*list) ? tolower((unsigned char)*list)
                                                    : toupper((unsigned char)*list));
    buffer_append_char(&out, '\0');
    return out.data;
}

static void check_coding(const char *accept_encoding, const char *offered, char *dictionary)
{
    char again[DICTIONARY_NAME_MAX], *same = rewritten(accept_encoding);

    CHECK(negotiate_gzip(same) == negotiate_gzip(accept_encoding));
    if (negotiate_delta(dictionary, accept_encoding, offered)) {
        CHECK(strlen(dictionary) == DICTIONARY_NAME_MAX - 1);
        CHECK(!strpbrk(dictionary, "/.+="));
        CHECK(negotiate_delta(again, same, offered) && strcmp(again, dictionary) == 0);
    } else {
        CHECK(dictionary[0] == '\0' && !negotiate_delta(again, same, offered));
    }
    free(same);
}

static void check_tag(const char *etag)
{
    size_t len = strlen(etag);
    const char *quote = strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;

    CHECK(len < ETAG_MAX && *quote == '"' && etag[len - 1] == '"' && quote < etag + len - 1);
    CHECK(strchr(quote + 1, '"') == etag + len - 1);
    CHECK(strncmp(quote + 1, NAME, strlen(NAME)) == 0);
}

/* A 304 names a form that was asked about, and whoever asks with that tag alone is told the same. */
static void check_unchanged(const struct variant *variant, const char *if_none_match,
                            const char *accept_encoding, const char *dictionary)
{
    char etag[ETAG_MAX], again[ETAG_MAX];
    bool unchanged = negotiate_unchanged(etag, variant, if_none_match, accept_encoding, dictionary);

    check_tag(etag);
    if (!unchanged) {
        negotiate_etag(again, variant);
        CHECK(strcmp(again, etag) == 0);
        return;
    }
    CHECK(strstr(if_none_match, etag) || strchr(if_none_match, '*'));
    CHECK(negotiate_unchanged(again, variant, etag, accept_encoding, dictionary));
    CHECK(strcmp(again, etag) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    char *accept_encoding = input_line(&in), *if_none_match = input_line(&in);
    char *offered = input_line(&in), dictionary[DICTIONARY_NAME_MAX];
    struct variant variant = {REVISION, "leaderboard", CODING_IDENTITY, dictionary};

    check_coding(accept_encoding, offered, dictionary);
    check_unchanged(&variant, if_none_match, accept_encoding, dictionary);
    check_unchanged(&variant, if_none_match, NULL, dictionary);
    CHECK(!negotiate_unchanged((char[ETAG_MAX]){0}, &variant, NULL, accept_encoding, dictionary));
    variant.coding = CODING_GZIP;
    if (negotiate_gzip(accept_encoding))
        check_unchanged(&variant, if_none_match, accept_encoding, dictionary);
    variant.coding = CODING_DELTA;
    if (dictionary[0] != '\0')
        check_unchanged(&variant, if_none_match, accept_encoding, dictionary);
    free(accept_encoding);
    free(if_none_match);
    free(offered);
    return 0;
}
