/*
 * scoreboardd: the sidecar daemon, one per host.
 *
 * It listens for changes of the competition, rebuilds the boards once for the whole cluster, keeps
 * this host's copy on disk for lighttpd, and tells every browser that there is something new. Start
 * reading at node.h: it has the flow on one page.
 */
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon/node.h"
#include "lib/config.h"
#include "lib/log.h"

static void usage(FILE *out)
{
    fputs("usage: scoreboardd [-n] [-c FILE]\n"
          "\n"
          "Rebuilds and broadcasts the scoreboard of this host's competition, in the foreground.\n"
          "\n"
          "  -c, --config FILE  the configuration (default: $SCOREBOARD_CONFIG, else\n"
          "                     " SYSCONFDIR "/scoreboardd/scoreboardd.conf)\n"
          "  -n, --check        check the configuration and exit\n"
          "  -h, --help         this text\n"
          "  -V, --version      the version\n"
          "\n"
          "Logs to standard error. TERM and INT end it. See scoreboardd(8), scoreboardd.conf(5).\n",
          out);
}

struct options {
    const char *config;
    bool check;
};

/* Ends the process for --help, --version and what it does not understand. */
static struct options parse_options(int argc, char **argv)
{
    static const struct option table[] = {{"config", required_argument, NULL, 'c'},
                                          {"check", no_argument, NULL, 'n'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.config = config_default_path()};
    int c;

    while ((c = getopt_long(argc, argv, "c:nhV", table, NULL)) != -1) {
        switch (c) {
        case 'c':
            options.config = optarg;
            break;
        case 'n':
            options.check = true;
            break;
        case 'h':
            usage(stdout);
            exit(0);
        case 'V':
            puts("scoreboardd " PACKAGE_VERSION);
            exit(0);
        default:
            usage(stderr);
            exit(EX_USAGE);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "scoreboardd: unexpected argument: %s\n", argv[optind]);
        exit(EX_USAGE);
    }
    return options;
}

/* A peer that left or a file that may not grow is an error of that call, not the end of the
 * process. */
static void ignore_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
}

static void on_stop(evutil_socket_t signal_number, short what, void *base)
{
    (void)what;
    log_info("%s: stopping", strsignal((int)signal_number));
    event_base_loopbreak(base);
}

static int serve(struct event_base *base, const struct config *config)
{
    struct err err;
    struct node *node = node_new(base, config, &err);

    if (!node) {
        log_error("%s", err.text);
        return 1;
    }
    log_info("revision %lld; serving on %s", (long long)newest_head(node->heads)->revision,
             config->socket);
    event_base_dispatch(base);
    if (node_stop(node) < 0) {
        log_warn("a call still hangs; ending without it (its lock expires by itself)");
        _exit(0);
    }
    node_free(node);
    log_info("stopped");
    return 0;
}

static int run(const struct config *config)
{
    struct event_base *base = event_base_new();
    struct event *term, *interrupt;
    int status;

    if (!base) {
        log_error("libevent: no event base");
        return 1;
    }
    term = evsignal_new(base, SIGTERM, on_stop, base);
    interrupt = evsignal_new(base, SIGINT, on_stop, base);
    event_add(term, NULL);
    event_add(interrupt, NULL);
    status = serve(base, config);
    event_free(term);
    event_free(interrupt);
    event_base_free(base);
    return status;
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    struct config config;
    struct err err;
    int status;

    log_open("scoreboardd", LOG_LEVEL_INFO);
    if (config_load(&config, options.config, &err) < 0) {
        log_error("%s", err.text);
        return EX_CONFIG;
    }
    log_open("scoreboardd", (enum log_level)config.log_level);
    if (options.check) {
        printf("%s: ok\n", options.config);
        config_release(&config);
        return 0;
    }
    ignore_signals();
    status = run(&config);
    config_release(&config);
    return status;
}
