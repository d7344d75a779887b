/*
 * history: how a new board differs from those that viewers have already: the one that this node
 * serves, and those it served before. One for each document.
 *
 * The text of the board that is served is kept, and of those before only how it was made of them
 * (copies.h): what the new board copies from the last, and the last from an older one, it copies
 * from the older one. So each new board is compared with one text, however many viewers' boards it
 * is told from, and these cost no memory to speak of. After a start the text is read from the disk.
 */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include <stdint.h>

#include "daemon/delta.h"
#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/gzip.h"
#include "lib/snapshot.h"

/* What one thread works with, on one history after the other. */
struct history_tools {
    struct gzip *gzip;
    struct delta *delta;
    struct buffer file, told; /* a board as it is kept; one delta */
};
int history_tools_init(struct history_tools *t, const struct config *config,
                       struct err *err) MUST_CHECK;
void history_tools_release(struct history_tools *t); /* safe on a zeroed one */

struct history;

/* NULL: out of memory. */
struct history *history_new(const struct config *config, const struct document_name *document);
void history_free(struct history *h); /* safe on NULL */

/* A document of a revision, gzipped already. */
struct edition {
    int64_t revision;
    const struct buffer *text, *gzip;
};

/* Replaces what `deltas` holds: from the text itself, unless that is large, from the last one, and
 * from those before. `served` is the node's revision now. A delta that takes more than
 * half of the gzip is not worth it; one that cannot be made is left out, for nobody needs a delta:
 * whoever gets none gets the whole. */
void history_tell(struct history *h, struct history_tools *t, int64_t served,
                  const struct edition *edition, struct buffer *deltas);

/* The text, told of or another node's, is of the revision that this node serves now. Takes it, and
 * the time to hash and compare it: to be called once viewers have been told. */
void history_settle(struct history *h, int64_t revision, struct buffer *text);

#endif
