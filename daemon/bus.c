#include "daemon/bus.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/thread.h"
#include "lib/redis.h"
#include "lib/timestamp.h"

/* Without a heartbeat for this many poll intervals (and five seconds) the subscription is taken for
 * dead. */
#define MISSED_BEATS 10
#define PATIENCE_MIN 5000
#define RECONNECT_MS 500

/* A longer message on the events channel is no event: it is not even parsed. */
#define MESSAGE_MAX 4096

struct bus {
    const struct config *config;
    const struct names *names;
    struct mailbox *heard;
    struct mailbox stop; /* carries nothing; closed: the thread shall end */
    pthread_t thread;
};

void bus_merge_heard(void *waiting, const void *heard)
{
    struct heard *w = waiting;
    const struct heard *h = heard;

    w->events += h->events;
    w->garbage += h->garbage;
    w->rebuilt |= h->rebuilt;
    w->subscribed |= h->subscribed;
    if (h->foreign.reason[0] != '\0')
        event_merge(&w->foreign, &h->foreign);
    w->up = h->up;
    w->err = h->err;
}

static void say(struct bus *b, const struct heard *heard)
{
    mailbox_post(b->heard, heard);
}

static void hear_event(const redisReply *payload, struct heard *heard)
{
    struct board_event event;
    struct event_fault fault;

    heard->events++;
    if (payload->len > MESSAGE_MAX ||
        !event_parse(payload->str, (size_t)payload->len, timestamp_now(), &event, &fault))
        heard->garbage++;
    else if (!event.outbox)
        event_merge(&heard->foreign, &event);
}

/* One message: ["message", channel, payload]. Replies to SUBSCRIBE and our own heartbeat say
 * nothing. */
static void hear(struct bus *b, const redisReply *reply, struct heard *heard)
{
    const char *channel;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3 ||
        reply->element[1]->type != REDIS_REPLY_STRING ||
        reply->element[2]->type != REDIS_REPLY_STRING)
        return;
    channel = reply->element[1]->str;
    if (strcmp(channel, b->names->events) == 0)
        hear_event(reply->element[2], heard);
    else if (strcmp(channel, b->names->rebuilt) == 0)
        heard->rebuilt = true;
}

/* All messages that have been read, as one. */
static int hear_all(struct bus *b, redisContext *redis, struct err *err)
{
    struct heard heard = {.up = true};
    void *reply;

    for (;;) {
        if (redisGetReplyFromReader(redis, &reply) != REDIS_OK)
            return err_set(err, "%s", redis->errstr);
        if (!reply)
            break;
        hear(b, reply, &heard);
        freeReplyObject(reply);
    }
    if (heard.events > 0 || heard.rebuilt)
        say(b, &heard);
    return 0;
}

static redisContext *subscribe(struct bus *b, struct err *err)
{
    redisContext *redis = redis_open(&b->config->redis, b->config->redis.deadline, err);

    if (redis && redis_do(redis, err, "SUBSCRIBE %s %s %s", b->names->events, b->names->rebuilt,
                          b->names->heartbeat) == 0)
        return redis;
    redisFree(redis);
    return NULL;
}

/* The poll thread beats once in a look, and a look at a PostgreSQL that hangs takes all its
 * deadlines. */
static int64_t heartbeat_patience(const struct config *c)
{
    int64_t beats = MISSED_BEATS * c->poll_interval;

    return (beats > PATIENCE_MIN ? beats : PATIENCE_MIN) + c->connect_deadline +
           2 * c->poll_deadline;
}

static int read_more(redisContext *redis, struct err *err)
{
    return redisBufferRead(redis) == REDIS_OK ? 0 : err_set(err, "%s", redis->errstr);
}

/* Until the subscription fails (-1) or the thread shall end (0). The first messages may have come
 * with the reply to SUBSCRIBE. */
static int listen_until_stopped(struct bus *b, redisContext *redis, struct err *err)
{
    int64_t patience = heartbeat_patience(b->config);
    struct pollfd fds[] = {{.fd = redis->fd, .events = POLLIN},
                           {.fd = b->stop.fd, .events = POLLIN}};

    while (hear_all(b, redis, err) == 0) {
        int n = poll(fds, 2, (int)patience);

        if (n < 0 && errno != EINTR)
            return err_set(err, "%s", strerror(errno));
        if (n == 0)
            return err_set(err, "heard nothing, not even this node's heartbeat");
        if (fds[1].revents != 0)
            return 0;
        if (fds[0].revents != 0 && read_more(redis, err) < 0)
            return -1;
    }
    return -1;
}

static void *bus_thread(void *arg)
{
    struct bus *b = arg;

    do {
        struct heard down = {0};
        redisContext *redis = subscribe(b, &down.err);

        if (redis) {
            say(b, &(struct heard){.up = true, .subscribed = true, .rebuilt = true});
            if (listen_until_stopped(b, redis, &down.err) == 0)
                down.err = (struct err){0};
            redisFree(redis);
        }
        say(b, &down);
    } while (mailbox_wait(&b->stop, RECONNECT_MS));
    return NULL;
}

static void bus_free(struct bus *b)
{
    mailbox_release(&b->stop);
    free(b);
}

struct bus *bus_start(const struct config *config, const struct names *names, struct mailbox *heard,
                      struct err *err)
{
    struct bus *b = calloc(1, sizeof *b);

    if (!b) {
        err_set(err, "bus: out of memory");
        return NULL;
    }
    *b = (struct bus){.config = config, .names = names, .heard = heard};
    if (mailbox_init(&b->stop, 1, NULL, err) < 0 ||
        thread_start(&b->thread, bus_thread, b, "bus", err) < 0) {
        bus_free(b);
        return NULL;
    }
    return b;
}

int bus_stop(struct bus *b, int64_t patience_ms)
{
    if (!b)
        return 0;
    mailbox_close(&b->stop);
    if (thread_join(b->thread, patience_ms) < 0)
        return -1;
    bus_free(b);
    return 0;
}
