#include "daemon/graveyard.h"

#include <stddef.h>
#include <stdlib.h>

#include "daemon/loop.h"

static void free_all(struct graveyard *y)
{
    while (y->first) {
        struct grave *grave = y->first;

        y->first = grave->next;
        free(grave);
    }
}

static void on_burial(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    free_all(arg);
}

int graveyard_init(struct graveyard *y, struct event_base *base)
{
    *y = (struct graveyard){.burial = event_new(base, -1, 0, on_burial, y)};
    return y->burial ? 0 : -1;
}

void graveyard_release(struct graveyard *y)
{
    free_all(y);
    loop_event_free(y->burial);
    y->burial = NULL;
}

void graveyard_bury(struct graveyard *y, struct grave *grave)
{
    grave->next = y->first;
    y->first = grave;
    event_active(y->burial, 0, 0);
}
