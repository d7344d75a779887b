/*
 * bus: the daemon's ears: a thread subscribed to scoreboard.events and scoreboard.rebuilt.
 *
 * What it hears is only ever a hint that makes things fast; whatever is missed, the poll finds. So
 * a flood of messages, or of garbage, is merged into one struct heard and costs memory for one. The
 * subscription proves itself: this node's own heartbeat (daemon/poll.c) must come by, or it is made
 * anew.
 *
 * A thread that blocks in poll(2), rather than hiredis' asynchronous interface on the loop:
 * connecting, AUTH and deadlines are then lib/redis.c's for everyone, a slow name lookup cannot
 * delay a stream, and the asynchronous interface's traps (a PING that never calls back, frees
 * inside callbacks) are not ours.
 */
#ifndef DAEMON_BUS_H
#define DAEMON_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/mailbox.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/event.h"

struct heard {
    int64_t events;             /* on scoreboard.events since the last one was taken */
    int64_t garbage;            /* of which were no events: ignored */
    struct board_event foreign; /* of publishers without an outbox row; reason "": none */
    bool rebuilt;               /* somebody said so */
    bool subscribed;            /* anew: what was said before is unknown */
    bool up;                    /* subscribed and hearing */
    struct err err;             /* when not up */
};

struct bus;

/* Starts the thread. What it hears comes in `heard` (struct heard, bus_merge_heard), as do ups and
 * downs. */
struct bus *bus_start(const struct config *config, const struct names *names, struct mailbox *heard,
                      struct err *err);
/* Ends the thread; -1: it hangs in a call, and the process should end without cleaning up. Safe on
 * NULL. */
int bus_stop(struct bus *b, int64_t patience_ms) MUST_CHECK;

void bus_merge_heard(void *waiting, const void *heard);

#endif
