/*
 * dictionary: the name of a board that a viewer has already, and from which a newer one can be told
 * (RFC 9842). It is the SHA-256 of the board's text. A browser offers it in Available-Dictionary; a
 * delta from it lies beside the newer board under this very name. So whoever answers computes
 * nothing and looks nothing up but whether a file exists.
 */
#ifndef LIB_DICTIONARY_H
#define LIB_DICTIONARY_H

#include <stdbool.h>

#define DICTIONARY_DIGEST 32

/* The digest as 43 characters of base64url (RFC 4648), which a file's name and a tag may contain,
 * and a NUL. */
#define DICTIONARY_NAME_MAX 44
void dictionary_name(char name[DICTIONARY_NAME_MAX], const unsigned char digest[DICTIONARY_DIGEST]);

/* The dictionary that a request offers by `Available-Dictionary: :<base64>=:` (NULL: absent). False
 * for whatever is not exactly that; so a name never leads out of its folder. */
bool dictionary_offered(char name[DICTIONARY_NAME_MAX], const char *available_dictionary);

#endif
