/*
 * option: the table of all config keys. One row is all there is to a key: where it is in the file
 * and in struct config, how it is written, its default, its bounds and its documentation. Loading
 * (config.c) and printing (config_print.c) are loops over it.
 */
#ifndef LIB_OPTION_H
#define LIB_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum option_kind {
    OPTION_TEXT,
    OPTION_PATH, /* relative to the folder of the config file */
    OPTION_CHOICE,
    OPTION_COUNT,
    OPTION_DURATION,
    OPTION_SIZE,
};

struct option {
    const char *section, *key;
    enum option_kind kind;
    size_t offset;            /* in struct config: a char * for texts and paths, else an int64_t */
    const char *fallback;     /* the default, written as in a file and parsed like it */
    int64_t min, max;         /* of a text or path its bytes; max 0: no bound */
    const char *const *words; /* of a choice; ends with NULL; a word's place is its value */
    const char *help;         /* whole sentences, plain text */
};

extern const struct option options[];
extern const size_t option_count;

/* What a section is about, one sentence. */
const char *option_section_help(const char *section);

/* NULL when there is no such key. */
const struct option *option_find(const char *section, const char *key);

static inline bool option_is_text(const struct option *option)
{
    return option->kind == OPTION_TEXT || option->kind == OPTION_PATH;
}

/* Reads a value that is not a text. The error says what is allowed. */
int option_parse(const struct option *option, const char *text, int64_t *value,
                 struct err *err) MUST_CHECK;

/* What is allowed of a value that is not a text, e.g. "a duration from 10ms to 1m". */
void option_describe(const struct option *option, char *out, size_t size);

#endif
