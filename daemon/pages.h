/*
 * pages: the node in words: /api/scoreboard/health for balancers, /metrics for Prometheus, /status
 * for `scoreboardctl status`. The last two are not routed by lighttpd.
 */
#ifndef DAEMON_PAGES_H
#define DAEMON_PAGES_H

#include "daemon/node.h"
#include "daemon/server.h"

/* A page_writer; `node` is the struct node. */
int pages_write(void *node, enum page page, enum audience audience, struct buffer *body);

#endif
