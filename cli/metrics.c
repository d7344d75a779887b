/*
 * metrics: the daemon's numbers in Prometheus' text, for a look, or for a collector that can run a
 * program. lighttpd does not route them: behind a local proxy every peer is loopback.
 */
#include "cli/command.h"

#include <stdio.h>

#include "cli/fetch.h"

#define METRICS_DEADLINE_MS 5000

static int run_metrics(const struct call *call, struct err *err);

const struct command metrics_command = {
    .name = "metrics",
    .help = "print the daemon's metrics",
    .run = run_metrics,
};

static int run_metrics(const struct call *call, struct err *err)
{
    struct endpoint daemon = fetch_daemon(call->config);
    struct buffer body;

    if (fetch_page(&daemon, "/metrics", METRICS_DEADLINE_MS, &body, err) < 0)
        return -1;
    fwrite(body.data, 1, body.len, stdout);
    buffer_release(&body);
    return 0;
}
