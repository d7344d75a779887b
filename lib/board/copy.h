/*
 * copy: from PostgreSQL's COPY binary format to the rows of a dataset.
 *
 * Pure: bytes in, rows out. The reader (daemon/read.c) sends
 *
 *     COPY (<copy_select(view)>) TO STDOUT (FORMAT binary)
 *
 * and hands over what PQgetCopyData() gives, chunk by chunk. The text of a view's SELECT and the
 * decoding of its columns stand in one table (copy.c), so that they cannot part. The names in it
 * are unqualified: the session's search_path says whose views they are. The session's
 * client_encoding must be UTF8.
 *
 * The stream is a header, then tuples, then a trailer; PostgreSQL sends the header together with
 * what follows it, and never splits a tuple over two chunks. Everything is checked strictly: bytes
 * that are not what the SELECT promises are an error, never a wrong board.
 */
#ifndef LIB_BOARD_COPY_H
#define LIB_BOARD_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/board/dataset.h"
#include "lib/err.h"

enum copy_view { VIEW_CHALLENGES, VIEW_TEAMS, VIEW_USERS, VIEW_SOLVES, VIEW_AWARDS, VIEW_COUNT };

const char *copy_view_name(enum copy_view view); /* "challenges", ... */

/* The query whose rows copy_decode() understands. Whatever another platform's view holds, it yields
 * rows that can be decoded: numbers are clamped, NULL texts and numbers become empty and zero, rows
 * that name nobody or happen never are left out. */
const char *copy_select(enum copy_view view);

struct copy_decoder {
    enum copy_view view;
    struct dataset *data; /* borrowed; receives the rows */
    uint64_t rows;        /* so far */
    bool begun, ended;    /* the header and the trailer have been seen */
};

void copy_begin(struct copy_decoder *c, enum copy_view view, struct dataset *data);

/* Takes one chunk. On failure some of its rows may have been added: the dataset is void. */
int copy_decode(struct copy_decoder *c, const char *bytes, size_t len, struct err *err) MUST_CHECK;

/* Fails unless the trailer was the last thing seen. */
int copy_end(const struct copy_decoder *c, struct err *err) MUST_CHECK;

#endif
