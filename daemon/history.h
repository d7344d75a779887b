/*
 * history: how a new board differs from those that viewers have already, which are the ones of the
 * last revisions that this node keeps. One for each board, as boards are prepared side by side.
 *
 * Texts are not kept in memory, where they would be several times the boards: each is expanded when
 * it is its turn, from the file that is kept anyway, which also outlives the process. What is
 * remembered is the names of dictionaries, since a hash of 20 MB takes its time.
 */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

struct history;

struct history *history_new(const struct config *config, enum board board, struct err *err);
void history_free(struct history *h); /* safe on NULL */

/* Fills s->deltas[] of the board, which is gzipped already, from `n` revisions, newest first. A
 * delta that takes more than half of the gzip is not worth it; one whose older board cannot be read
 * is left out, for nobody needs a delta: whoever gets none gets the whole. */
void history_tell(struct history *h, const int64_t revisions[], size_t n, struct snapshot *s);

#endif
