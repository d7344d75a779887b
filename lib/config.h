/*
 * config: one file, one table, one struct for all programs.
 *
 * The option table (option.c) is the only place that knows a key: it gives parsing, bounds and
 * defaults, scoreboardd.conf(5) and etc/scoreboardd.conf (a test fails when they part). Each
 * program reads the whole file and uses what is its own, so a key that nobody knows is an error
 * everywhere.
 *
 * Durations are written 250ms, 10s, 5m, 1h and held in milliseconds; sizes 64K, 64M, 1G and held in
 * bytes. Paths are relative to the folder of the file and held absolute. Strings are owned by the
 * struct and never NULL: a key that is not set is "".
 */
#ifndef LIB_CONFIG_H
#define LIB_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/err.h"
#include "lib/log.h"

enum handover { HANDOVER_X_SENDFILE, HANDOVER_X_ACCEL_REDIRECT, HANDOVER_BODY };

struct config_redis {
    char *socket; /* a Unix socket's path; "": host and port */
    char *host;
    int64_t port;
    char *sentinels;   /* lib/sentinel.h takes it; "": socket, or host and port */
    char *master_name; /* the primary's, among them */
    char *sentinel_password_file;
    char *user; /* "": the default user */
    char *password_file;
    int64_t database;
    int64_t deadline; /* of one call and of connecting */
    int64_t lease;    /* how long a database that nobody serves any more keeps its names */
};

struct config {
    /* [scoreboard] */
    char *instance;     /* "": the only one; else [a-z][a-z0-9_]{0,30} */
    char *directory;    /* holds boards/ and current; for one daemon */
    char *socket;       /* the daemon's HTTP socket, for lighttpd's mod_proxy and scoreboardctl */
    char *url;          /* where browsers reach this host, for scoreboardctl; "": not checked */
    char *cors_origins; /* lib/cors.h's cors_check() takes it */
    int64_t log_level;  /* enum log_level */

    /* [postgres] */
    char *conninfo;           /* libpq's, of the daemon's role */
    char *password_file;      /* libpq's passfile; "": libpq's default */
    char *platform_schema;    /* where the platform's tables are */
    int64_t connect_deadline; /* of opening a connection */
    int64_t poll_deadline;    /* of one small query */
    int64_t read_deadline;    /* of the whole read of a rebuild */
    int64_t lock_deadline;    /* of its waits for what others have locked */

    struct config_redis redis; /* [redis] */

    /* [rebuild] */
    int64_t debounce, max_wait; /* trailing quiet, and the longest wait after the first event */
    int64_t pace;               /* after a rebuild that took t, rest pace * t ... */
    int64_t rest_max;           /* ... but no longer than this */
    int64_t lock_ttl;
    int64_t poll_interval, poll_interval_played;
    int64_t backoff_min, backoff_max;
    int64_t periodic;   /* a rebuild at least this often, as a belt */
    int64_t boards_max; /* bytes of one board, identity form */
    int64_t gzip_level;

    /* [snapshot] */
    int64_t keep_age;   /* an old revision stays at least this long after it was superseded */
    int64_t keep_bytes; /* and further while the old ones fit in this */
    int64_t keep_min, keep_max;
    int64_t deltas; /* from this many of the last revisions */

    /* [stream] */
    int64_t max_clients;
    int64_t max_per_address;
    char *trusted_proxies; /* lib/network.h's networks_parse() takes it */
    int64_t heartbeat;
    int64_t retry;          /* base of `retry:`; each client gets 1 to 2 times this */
    int64_t stall_deadline; /* a client that takes nothing this long is closed */
    int64_t lifetime;       /* a stream is ended after half to once this, to come back at once */
    int64_t coalesce;       /* notices within this are one */
    int64_t head_max;       /* bytes of a request's head */
    int64_t head_deadline;  /* for a request's head to be complete */

    /* [read] */
    int64_t handover;       /* enum handover */
    char *accel_prefix;     /* the internal location for X-Accel-Redirect */
    char *staff_token_file; /* as token_file; opens the staff's boards, and nothing else */

    /* [publish] */
    char *publish_conninfo; /* of the publisher's role */
    char *token_file;       /* bearer tokens, one a line, `#` starts a comment */
    int64_t body_max;
    int64_t publish_redis_deadline; /* the hint must not delay the answer */
};

/* Fills with the defaults, then with the file's values (path NULL: the defaults alone). The error
 * names file, line, section and key. On failure *config is released. */
int config_load(struct config *config, const char *path, struct err *err) MUST_CHECK;
void config_release(struct config *config); /* safe on a zeroed one */

/* -c FILE's default: $SCOREBOARD_CONFIG, else SYSCONFDIR/scoreboardd/scoreboardd.conf. */
const char *config_default_path(void);

/* The whole table as a commented etc/scoreboardd.conf, and as the body of scoreboardd.conf(5). */
void config_print_file(FILE *out);
void config_print_man(FILE *out);

/* Names that carry the instance. An instance x makes the schema scoreboard_x, and puts "x:" before
 * each name in Redis. */
#define NAME_MAX_LEN 96
struct names {
    char schema[NAME_MAX_LEN];    /* scoreboard */
    char snapshot[NAME_MAX_LEN];  /* scoreboard:snapshot, a hash */
    char lock[NAME_MAX_LEN];      /* leaderboard:rebuild:lock */
    char tenant[NAME_MAX_LEN];    /* scoreboard:database, whose these names are */
    char events[NAME_MAX_LEN];    /* scoreboard.events, a channel */
    char rebuilt[NAME_MAX_LEN];   /* scoreboard.rebuilt, a channel */
    char heartbeat[NAME_MAX_LEN]; /* scoreboard.heartbeat. and, appended by a node, its own id */
};
void names_init(struct names *names, const char *instance);

#endif
