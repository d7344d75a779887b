#include "lib/dictionary.h"

#include <string.h>

#define NAME_LEN (DICTIONARY_NAME_MAX - 1)

void dictionary_name(char name[DICTIONARY_NAME_MAX], const unsigned char digest[DICTIONARY_DIGEST])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned bits = 0, nbits = 0;
    size_t len = 0;

    for (int i = 0; i < DICTIONARY_DIGEST; i++) {
        bits = bits << 8 | digest[i];
        for (nbits += 8; nbits >= 6; nbits -= 6)
            name[len++] = alphabet[bits >> (nbits - 6) & 63];
    }
    name[len++] = alphabet[bits << (6 - nbits) & 63];
    name[len] = '\0';
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

bool dictionary_offered(char name[DICTIONARY_NAME_MAX], const char *available_dictionary)
{
    const char *at = available_dictionary;

    if (!at || *at++ != ':')
        return false;
    for (int i = 0; i < NAME_LEN; i++) {
        if (!is_base64(at[i]))
            return false;
        name[i] = at[i] == '+' ? '-' : at[i] == '/' ? '_' : at[i];
    }
    name[NAME_LEN] = '\0';
    return strcmp(at + NAME_LEN, "=:") == 0;
}
