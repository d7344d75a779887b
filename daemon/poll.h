/*
 * poll: the daemon's eyes: a thread that looks at PostgreSQL and Redis every `poll_interval`,
 * or, while a competition is played, every `poll_interval_played`: a change is then found before the
 * debounce is over.
 *
 * Everything that must not be missed is found by looking; what the bus hears only makes it fast.
 * The thread's calls block, each with a deadline, so that neither a stalled server nor a slow name
 * lookup ever delays the loop. On its way it does the two small writes that a node owes the others:
 * the outbox row for a foreign event (at most one in a debounce window), and its heartbeat on the
 * bus.
 */
#ifndef DAEMON_POLL_H
#define DAEMON_POLL_H

#include "daemon/mailbox.h"
#include "daemon/observe.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/event.h"

struct poll;

/* Starts the thread. Sights come in `sights` (struct sight, poll_merge_sights). */
struct poll *poll_start(const struct config *config, const struct names *names,
                        struct mailbox *sights, struct err *err);
/* Ends the thread; -1: it hangs in a call, and the process should end without cleaning up. Safe on
 * NULL. */
int poll_stop(struct poll *p, int64_t patience_ms) MUST_CHECK;

void poll_merge_sights(void *waiting, const void *sight);

/* Somebody who does not know of the outbox says that the scoreboard changed: its row is ours to
 * write. */
void poll_foreign_event(struct poll *p, const struct board_event *event);

#endif
