/*
 * mailbox: how the daemon's threads talk: whole messages, by value, from one thread to another.
 *
 * A mailbox holds at most one message. A message that finds the former one still there is merged
 * into it by the mailbox's own rule (the newest sight, the sum of the counts, the coalesced event),
 * so a mailbox never fills up, never makes the sender wait and never loses anything. An eventfd
 * says that there is something, to the event loop and to poll(2) alike.
 */
#ifndef DAEMON_MAILBOX_H
#define DAEMON_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

/* Adds `message` to what is waiting. NULL as the rule: there is never one waiting (a broken
 * invariant). */
typedef void (*mailbox_merge)(void *waiting, const void *message);

struct mailbox {
    pthread_mutex_t mutex;
    mailbox_merge merge;
    size_t size;
    void *slot;
    bool full, closed;
    int fd; /* readable while there is a message, and for ever once closed */
};

int mailbox_init(struct mailbox *m, size_t size, mailbox_merge merge, struct err *err) MUST_CHECK;
void mailbox_release(struct mailbox *m); /* after the threads have ended; safe on a zeroed one */

void mailbox_post(struct mailbox *m, const void *message);
bool mailbox_take(struct mailbox *m, void *message); /* false: nothing there */

/* The end: whoever waits on it is woken. */
void mailbox_close(struct mailbox *m);

/* Waits for a message or for `timeout_ms` (-1: for ever), without taking it. false: closed. */
bool mailbox_wait(struct mailbox *m, int64_t timeout_ms);

#endif
