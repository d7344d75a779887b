/*
 * boards: the four JSON documents of a dataset. The last link of the pure core.
 *
 * The bytes are the contract: a dataset gives exactly one text for each board.
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

/* Scores, ranks, buckets and renders; what can be done side by side, `run` does. `json[]` are cleared
 * first; on failure they are undefined. */
int boards_build(struct boards *b, const struct dataset *data, crew *run,
                 struct buffer json[BOARD_COUNT], struct err *err) MUST_CHECK;

#endif
