/*
 * history: how a new board differs from those that viewers have already: the one that this node
 * serves, and those it served before. One for each board, as boards are prepared side by side.
 *
 * The text of the board that is served is kept, and of those before only how it was made of them
 * (copies.h): what the new board copies from the last, and the last from an older one, it copies
 * from the older one. So each new board is compared with one text, however many viewers' boards it
 * is told from, and these cost no memory to speak of. After a start the text is read from the disk.
 */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include <stdint.h>

#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

struct history;

struct history *history_new(const struct config *config, enum board board, struct err *err);
void history_free(struct history *h); /* safe on NULL */

/* Fills s->deltas[] of the board, which is gzipped already. `served` is the node's revision now.
 * A delta that takes more than half of the gzip is not worth it; one that cannot be made is left
 * out, for nobody needs a delta: whoever gets none gets the whole. */
void history_tell(struct history *h, int64_t served, struct snapshot *s);

/* The snapshot, told or fetched, is what this node serves now. Takes its text, and the time to hash
 * and compare it: to be called once viewers have been told. */
void history_settle(struct history *h, struct snapshot *s);

#endif
