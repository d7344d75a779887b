/*
 * graveyard: where connections lie until the end of the loop turn.
 *
 * A connection may end deep inside a call chain whose callers still hold its pointer: its own
 * callback, or a broadcast. So its memory is not freed there but buried: it stays readable, and
 * goes when the callback that runs has returned.
 */
#ifndef DAEMON_GRAVEYARD_H
#define DAEMON_GRAVEYARD_H

#include <event2/event.h>

#include "lib/err.h"

/* The first member of whatever is buried, which must come from malloc(). */
struct grave {
    struct grave *next;
};

struct graveyard {
    struct grave *first;
    struct event *burial;
};

int graveyard_init(struct graveyard *y, struct event_base *base) MUST_CHECK; /* -1: no memory */
void graveyard_release(struct graveyard *y); /* frees all at once; safe on a zeroed one */

void graveyard_bury(struct graveyard *y, struct grave *grave);

#endif
