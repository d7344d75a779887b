/*
 * negotiate: which form of a board a client takes, and whether it has it already.
 *
 * A board has forms of equal content, told apart by their strong tags: identity, gzip, and a delta
 * (RFC 9842) from each of the few older texts that a client may have as its dictionary:
 *
 *   "1772215200431-leaderboard"              identity
 *   "1772215200431-leaderboard-gzip"         gzip
 *   "1772215200431-leaderboard-dcz-<name>"   delta from the dictionary of that name
 *
 * A proxy that compresses on its way out appends its coding to the tag in the same manner
 * (mod_deflate of lighttpd and of Apache: -gzip, -br, -zstd, -deflate) or makes the tag weak
 * (nginx). All of these name the content that we name by revision and board, so all of them are an
 * answer to If-None-Match.
 */
#ifndef FCGI_NEGOTIATE_H
#define FCGI_NEGOTIATE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/dictionary.h"

#define ETAG_MAX 160 /* the longest tag of ours, weak or with a proxy's coding, and its NUL */

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_DELTA };

struct variant {
    int64_t revision;
    const char *file; /* the board's file name, "leaderboard-teams" */
    enum coding coding;
    const char *dictionary; /* of a delta */
};

/* Whether to answer with gzip, by Accept-Encoding (NULL: absent) and its q-values. */
bool negotiate_gzip(const char *accept_encoding);

/* Whether to answer with a delta, if there is one: to a client that names `dcz`, likes nothing
 * better, and offers a dictionary, whose name is filled in; "" otherwise. */
bool negotiate_delta(char dictionary[DICTIONARY_NAME_MAX], const char *accept_encoding,
                     const char *available_dictionary);

void negotiate_etag(char etag[ETAG_MAX], const struct variant *variant);

/* Whether If-None-Match (NULL: absent) names this variant's content. `etag` then gets the tag that
 * did, for the 304: a cache updates the stored answer that bears the tag of the 304, which must be
 * one that this client can read, so a coding that Accept-Encoding excludes does not count, nor a
 * delta from another dictionary than the one that was negotiated. (An absent Accept-Encoding
 * excludes nothing else; proxies like to take it away.) */
bool negotiate_unchanged(char etag[ETAG_MAX], const struct variant *variant,
                         const char *if_none_match, const char *accept_encoding,
                         const char *dictionary);

#endif
