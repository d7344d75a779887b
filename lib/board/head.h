/*
 * head: how every leaderboard of a revision begins, up to its first entry.
 *
 *     {"competition":{...},"divisions":[...],"challenges":[...],"entries":[
 *
 * A competition of which nothing was said, and divisions where there are none, are not there at all.
 */
#ifndef LIB_BOARD_HEAD_H
#define LIB_BOARD_HEAD_H

#include "lib/board/dataset.h"
#include "lib/board/standings.h"
#include "lib/buffer.h"

void head_render(struct buffer *out, const struct standings *s, const struct dataset *data);

#endif
