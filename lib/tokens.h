/*
 * tokens: who may do what not everybody may: tell us that the scoreboard has changed
 * (fcgi/publish.c), or see what the staff see (fcgi/read.c, daemon/server.c). Each has a file of its
 * own, so that a token for one opens nothing of the other.
 *
 * A token file holds one bearer token a line; `#` starts a comment, blank lines are nothing. Each
 * platform or person gets a line, so that one can be taken back without the others; a change is seen
 * at the next request, without a reload. A token shorter than 16 characters could be guessed and is
 * not taken.
 */
#ifndef LIB_TOKENS_H
#define LIB_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "lib/err.h"

#define TOKEN_MIN       16
#define TOKENS_FILE_MAX 65536

/* "Bearer <token>", the value of an Authorization header (NULL: absent): where the token starts,
 * NULL for anything else. */
const char *tokens_bearer(const char *authorization);

/* How many tokens, and how many that are too short to be taken, the text of a token file holds. */
struct token_census {
    size_t good, too_short;
};
struct token_census tokens_count(const char *text);

/* The time that it takes tells nothing of the tokens: each is compared, to its end. */
bool tokens_contain(const char *text, const char *token);

/* The file as it was read last. */
struct token_file {
    const char *path;
    const char *lack; /* what nobody can do while there is no token, for the log */
    char *text;       /* NULL: it could not be read, and nobody may come in */
    unsigned changes; /* how often it was found to be another; 0: nobody has looked yet */
    struct stat seen; /* zeroed: there was none */
};

void token_file_init(struct token_file *file, const char *path, const char *lack);
void token_file_release(struct token_file *file);

/* Reads the file when it is another than last time. 1: read anew; 0: as before; -1: cannot be read,
 * said once for each change, or each time where descriptors or memory are short. */
int token_file_refresh(struct token_file *file, struct err *err) MUST_CHECK;

/* The same; logs what is wrong with the file. */
void token_file_look(struct token_file *file);

/* Whether `token` is in the file as it is now. Looks. */
bool token_file_admits(struct token_file *file, const char *token);

#endif
