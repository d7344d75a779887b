/*
 * boards: the JSON documents of a dataset. The last link of the pure core.
 *
 * There are four boards of all, and four of each division: the same entries at the same worth, ranked
 * among themselves; and the feed for CTFtime. The bytes are the contract: a dataset gives exactly one text for each document.
 * Working memory lives in `struct boards` and is reused from one revision to the next.
 */
#ifndef LIB_BOARD_BOARDS_H
#define LIB_BOARD_BOARDS_H

#include "lib/board/dataset.h"
#include "lib/buffer.h"
#include "lib/crew.h"
#include "lib/err.h"
#include "lib/snapshot.h"

struct boards;

struct boards *boards_new(struct err *err);
void boards_free(struct boards *b); /* safe on NULL */

/* Where the documents go: into buffers of the caller's, empty ones, who says which one a document
 * has. */
struct boards_sink {
    /* `division`, one of the dataset's, is NULL for the boards of all, which are always made; of a
     * division, and of the feed, NULL says that nobody wants the document. */
    struct buffer *(*document)(void *context, enum board board, const struct division *division);
    void *context;
};

/* Scores, ranks, buckets and renders; what can be done side by side, `run` does. On failure the
 * documents are undefined. */
int boards_build(struct boards *b, const struct dataset *data, crew *run,
                 const struct boards_sink *sink, struct err *err) MUST_CHECK;

#endif
