/*
 * ctftime: the feed that CTFtime imports, https://ctftime.org/json-scoreboard-feed.
 *
 *     {"tasks":["pwn-101"],"standings":[{"pos":1,"team":"reds","score":300,
 *      "taskStats":{"pwn-101":{"points":300,"time":1772215200}},"lastAccept":1772215200}]}
 *
 * Of teams; where there are none, of users. Times are seconds since 1970. A task is known by its
 * title alone there, so that titles are made distinct: the second "pwn" is "pwn (#17)", by its id.
 */
#ifndef LIB_BOARD_CTFTIME_H
#define LIB_BOARD_CTFTIME_H

#include "lib/arena.h"
#include "lib/board/dataset.h"
#include "lib/board/standings.h"
#include "lib/buffer.h"

struct ctftime {
    const struct standings *standings;
    const struct dataset *data;
    struct text *keys; /* of the challenges: their titles, quoted, in `texts` */
    uint32_t *order;   /* challenges by their titles */
    struct buffer texts;
};

/* Takes what it needs of `memory`, and fails with it. */
void ctftime_begin(struct ctftime *c, const struct standings *s, const struct dataset *data,
                   struct arena *memory);
void ctftime_release(struct ctftime *c); /* safe on a zeroed one */

/* After a begin that has not failed. Out of memory, `out` has failed. */
void ctftime_render(struct ctftime *c, struct buffer *out);

#endif
