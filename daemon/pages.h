/*
 * pages: the node in words: /api/scoreboard/health for balancers, /metrics for Prometheus, /status
 * for `scoreboardctl status`. The last two are not routed by lighttpd.
 *
 * While something is withheld from the public, its health tells of its own line, and of what does not
 * depend on changes that it may not know of: whether boards are dirty, behind or late for another
 * reason than PostgreSQL's absence, or could not be made or written, is the staff's affair.
 */
#ifndef DAEMON_PAGES_H
#define DAEMON_PAGES_H

#include "daemon/node.h"
#include "daemon/server.h"

/* A page_writer; `node` is the struct node. */
int pages_write(void *node, enum page page, enum audience audience, struct buffer *body);

#endif
