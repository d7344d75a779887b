/*
 * copy: from PostgreSQL's COPY binary format to the rows of a dataset.
 *
 * Pure: bytes in, rows out. The reader (lib/platform.c) sends copy_statement() and hands over what
 * PQgetCopyData() gives, chunk by chunk. The text of a statement and the decoding of its columns
 * stand in one table (copy.c), so that they cannot part. The functions in it are the platform's,
 * unqualified: the session's search_path says in which schema they are.
 *
 * Texts come in whatever encoding the session has: bytes that are no UTF-8 are mended when they are
 * written. What the database's own encoding cannot say in UTF-8 is left out by the statement, since
 * one such character in one name would stop all boards.
 *
 * The stream is a header, then tuples, then a trailer; PostgreSQL sends the header together with
 * what follows it, and never splits a tuple over two chunks. Everything is checked strictly: bytes
 * that are not what the statement promises are an error, never a wrong board.
 */
#ifndef LIB_BOARD_COPY_H
#define LIB_BOARD_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/board/dataset.h"
#include "lib/buffer.h"
#include "lib/err.h"

/* What a platform's file defines, of which boards are made. */
enum copy_function {
    FUNCTION_COMPETITION,
    FUNCTION_DIVISIONS,
    FUNCTION_CHALLENGES,
    FUNCTION_TEAMS,
    FUNCTION_USERS,
    FUNCTION_SOLVES,
    FUNCTION_AWARDS,
    FUNCTION_COUNT
};

const char *copy_function_name(enum copy_function function); /* "competition", ... */

/* Appends the statement whose rows copy_decode() understands: the boards as they were at `until`
 * (microseconds since 1970; NEVER: as they are now). Whatever a platform's function gives, it yields
 * rows that can be decoded: numbers are clamped, NULL texts and numbers become empty and zero. COPY
 * takes no parameters. */
void copy_statement(struct buffer *sql, enum copy_function function, int64_t until);

struct copy_decoder {
    enum copy_function function;
    struct dataset *data; /* borrowed; receives the rows */
    uint64_t rows;        /* so far */
    bool begun, ended;    /* the header and the trailer have been seen */
};

void copy_begin(struct copy_decoder *c, enum copy_function function, struct dataset *data);

/* Takes one chunk. Rows without an id, and solves of no challenge or at no time, are left out (the
 * server would take longer to find that there are none). On failure some of its rows may have been
 * added: the dataset is void. */
int copy_decode(struct copy_decoder *c, const char *bytes, size_t len, struct err *err) MUST_CHECK;

/* Fails unless the trailer was the last thing seen. */
int copy_end(const struct copy_decoder *c, struct err *err) MUST_CHECK;

#endif
