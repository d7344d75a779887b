/*
 * fetch: how one of the herd's viewers (herd.c) gets its board after a notice.
 *
 * As the page does: GET PATH?rev=ID with gzip, over a connection that is kept. A newer notice that
 * comes meanwhile is fetched next. A node that has not got the revision yet says 503: then again, a
 * second or two later.
 */
#ifndef TESTS_FETCH_H
#define TESTS_FETCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fetch_state { FETCH_IDLE, FETCH_HEAD, FETCH_BODY, FETCH_LATER };

struct fetch {
    enum fetch_state state;
    int fd;         /* -1: no connection */
    int64_t wanted; /* the newest revision that it was told of */
    int64_t asked;  /* the one that it is getting */
    int64_t due;    /* FETCH_LATER: monotonic_ms() */
    int status;
    int64_t left; /* of the body */
    size_t len;
    char head[1024];
};

struct fetch_target {
    const struct sockaddr_in *address;
    const char *path;
    const char *dictionary; /* that is offered; "": none */
    int epoll;              /* gets the connection */
};

/* Asks for the revision, now or after the one that is on its way. epoll will say `key`. False: it
 * could not be asked for. */
bool fetch_start(struct fetch *f, const struct fetch_target *to, uint64_t key, int64_t revision);

/* Takes what has come. Returns the revision that the viewer now holds; 0: not yet; -1: the answer is
 * none that a viewer can do with, and f->head says which. */
int64_t fetch_read(struct fetch *f);

#endif
