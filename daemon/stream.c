/*
 * stream: one notice, thousands of readers.
 *
 *   stream_announce() -> `coalesce` ms, and rest -> broadcast() -> client_offer() -> send(2)
 *
 * The broadcast writes to each socket directly: most are empty, so a delivery is one system call
 * and no event. Only a client whose socket is full waits for it with EV_WRITE, and holds at most
 * two notices meanwhile: the one that it has been sent a part of, which must be finished or the
 * stream would be torn, and the newest after that. What a newer notice has replaced is never sent.
 *
 * An id is told at most once on a connection: a client is greeted with the current notice, told or
 * not, and all clients get each later one; what is still being coalesced is not current yet.
 *
 * A channel's clients lie on a wheel of slots, and every slot has its turn once in a heartbeat
 * interval, so that heartbeats, and the search for clients that take nothing, never come in one
 * burst.
 */
#include "daemon/stream.h"

#include <assert.h>
#include <errno.h>
#include <event2/event_struct.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/graveyard.h"
#include "daemon/loop.h"
#include "daemon/notice.h"
#include "daemon/origin.h"
#include "daemon/response.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/network.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* After a broadcast that took t, the next starts no sooner than this many times t later. It keeps
 * two thirds of the loop's time for everything else; and while the web server still passes one
 * notice on, several that follow it become one. */
#define BROADCAST_REST     2
#define BROADCAST_REST_MAX 1000 /* ms; a broadcast that took longer was stopped for a while */

#define SLOTS    32
#define JUNK_MAX 4096 /* bytes that a client may send after its request */

/* Of the kernel, for each client: it accounts a notice as most of a kilobyte, so this is room for a
 * burst, and little to hold for a client that does not read. */
#define SEND_BUFFER 16384

/* Descriptors for everything that is not a client: the database, Redis, files, libevent. */
#define OTHER_DESCRIPTORS 64

enum client_state {
    CLIENT_IDLE,    /* has all that it is due */
    CLIENT_BLOCKED, /* its socket is full; `sending` or `pending` waits */
    CLIENT_CLOSED,  /* in the graveyard */
};

struct client {
    struct grave grave;
    struct event event;
    struct channel *channel;
    struct origin *origin;   /* NULL: unknown */
    LIST_ENTRY(client) link; /* in its slot */
    struct notice *sending;  /* the greeting, or a notice of which a part is sent */
    struct notice *pending;  /* the newest one; nothing of it is sent */
    int64_t took_at;         /* when a blocked client last took a byte, ms */
    uint32_t sent;           /* bytes of `sending` */
    int fd;
    uint32_t turns; /* on the wheel, that are left of its life */
    uint16_t junk;
    uint8_t state; /* enum client_state */
};

LIST_HEAD(client_list, client);

/* What one audience is told. */
struct channel {
    struct stream *stream;
    struct client_list slots[SLOTS];
    unsigned next;      /* the slot that the next client gets */
    struct news news;   /* announced, still being coalesced */
    int64_t rest_until; /* monotonic_ms(): no broadcast before it */
    struct notice *current;
    struct event *coalesce_timer;
};

struct stream {
    struct event_base *base;
    const struct config *config;
    struct channel channels[AUDIENCE_COUNT];
    unsigned turn; /* the slot whose turn was last, of each channel */
    struct notice *heartbeat, *farewell;
    struct networks trusted_proxies;
    struct origins origins;
    struct buffer greeting; /* reused */
    struct graveyard graveyard;
    struct event *wheel_timer;
    struct stream_counts counts;
};

/* --- A client --------------------------------------------------------------------------------- */

static void on_client(evutil_socket_t fd, short what, void *arg);

static void client_watch(struct client *c, short what)
{
    event_assign(&c->event, c->channel->stream->base, c->fd, what | EV_PERSIST, on_client, c);
    event_add(&c->event, NULL);
}

static void client_bury(struct client *c)
{
    struct stream *s = c->channel->stream;

    close(c->fd);
    notice_drop(c->sending);
    notice_drop(c->pending);
    LIST_REMOVE(c, link);
    origins_leave(&s->origins, c->origin);
    s->counts.clients--;
    graveyard_bury(&s->graveyard, &c->grave);
}

/* The only place where a client's state changes. */
static void client_become(struct client *c, enum client_state state)
{
    assert(c->state != CLIENT_CLOSED && c->state != state);
    c->state = state;
    event_del(&c->event);
    switch (state) {
    case CLIENT_IDLE:
        client_watch(c, EV_READ);
        break;
    case CLIENT_BLOCKED:
        c->took_at = monotonic_ms();
        client_watch(c, EV_READ | EV_WRITE);
        break;
    case CLIENT_CLOSED:
        client_bury(c);
        break;
    }
}

/* `pending` has begun: it must be finished now, and its place is free for a newer one. */
static void client_begin_pending(struct client *c)
{
    c->sending = c->pending;
    c->pending = NULL;
}

static void client_finish_sending(struct client *c)
{
    if (c->sending->revision != REVISION_NONE)
        c->channel->stream->counts.delivered++;
    notice_drop(c->sending);
    c->sending = NULL;
    c->sent = 0;
}

static void client_took(struct client *c, size_t bytes)
{
    if (!c->sending)
        client_begin_pending(c);
    c->sent += (uint32_t)bytes;
    if (c->state == CLIENT_BLOCKED)
        c->took_at = monotonic_ms();
    if (c->sent == c->sending->len)
        client_finish_sending(c);
}

/* Sends what the socket takes. Returns the state that follows from it. */
static enum client_state client_send(struct client *c)
{
    while (c->sending || c->pending) {
        const struct notice *n = c->sending ? c->sending : c->pending;
        ssize_t took = send(c->fd, n->bytes + c->sent, n->len - c->sent, MSG_NOSIGNAL);

        if (took < 0)
            return errno == EAGAIN ? CLIENT_BLOCKED : CLIENT_CLOSED;
        client_took(c, (size_t)took);
    }
    return CLIENT_IDLE;
}

static void client_write(struct client *c)
{
    enum client_state next = client_send(c);

    if (next != c->state)
        client_become(c, next);
}

/* Gives the client something that supersedes whatever it has not begun. */
static void client_offer(struct client *c, struct notice *n)
{
    if (c->pending && c->pending->revision != REVISION_NONE)
        c->channel->stream->counts.superseded++;
    notice_drop(c->pending);
    c->pending = notice_hold(n);
    if (c->state == CLIENT_IDLE)
        client_write(c);
}

/* A stream client has nothing more to say: what comes is dropped, and the end of it is its
 * leaving. */
static void client_read(struct client *c)
{
    char junk[JUNK_MAX];
    ssize_t n = recv(c->fd, junk, sizeof junk, 0);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || c->junk + n > JUNK_MAX)
        client_become(c, CLIENT_CLOSED);
    else
        c->junk += (uint16_t)n;
}

static void on_client(evutil_socket_t fd, short what, void *arg)
{
    struct client *c = arg;

    (void)fd;
    if (what & EV_READ)
        client_read(c);
    if ((what & EV_WRITE) && c->state == CLIENT_BLOCKED)
        client_write(c);
}

/* What it has not been told it is told when it comes back. */
static void client_dismiss(struct client *c)
{
    client_offer(c, c->channel->stream->farewell);
    if (c->state != CLIENT_CLOSED)
        client_become(c, CLIENT_CLOSED);
}

/* The client's turn on the wheel, once in a heartbeat interval: it gets its heartbeat, which never
 * takes the place of news, or is closed if it has taken nothing for too long or has lived its time. */
static void client_check(struct client *c, int64_t now)
{
    struct stream *s = c->channel->stream;

    if (c->state == CLIENT_IDLE) {
        if (--c->turns == 0)
            client_dismiss(c);
        else
            client_offer(c, s->heartbeat);
    } else if (now - c->took_at >= s->config->stall_deadline) {
        s->counts.stalled++;
        client_become(c, CLIENT_CLOSED);
    }
}

/* --- The stream ------------------------------------------------------------------------------- */

static void append_head(const struct stream *s, struct buffer *answer,
                        const struct request_head *request)
{
    char cors[CORS_HEADERS_MAX];

    response_append_stream_head(answer, response_cors(cors, s->config->cors_origins, request));
}

static struct notice *greeting_for(struct channel *channel, const struct request_head *request)
{
    struct stream *s = channel->stream;

    buffer_clear(&s->greeting);
    append_head(s, &s->greeting, request);
    notice_append_greeting(&s->greeting, request, http_draw_retry(s->config->retry),
                           channel->current);
    return notice_new(REVISION_NONE, &s->greeting);
}

static void set_send_buffer(int fd)
{
    int bytes = SEND_BUFFER;

    /* A hint: with the default, a client that does not read merely costs the kernel more. */
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

/* The slots in turn, so that each gets its share of the clients. */
static struct client_list *next_slot(struct channel *channel)
{
    return &channel->slots[channel->next++ % SLOTS];
}

/* Half to once a lifetime. */
static uint32_t draw_turns(const struct config *config)
{
    uint32_t half = (uint32_t)(config->lifetime / 2);
    uint32_t turns = (half + arc4random_uniform(half + 1)) / (uint32_t)config->heartbeat;

    return turns > 0 ? turns : 1;
}

/* A place among all, and among those from where it comes; NULL: there is none. */
static struct client *client_new(struct stream *s, const struct request_head *request)
{
    origin_id id =
        origin_of(request->forwarded_for, request->forwarded_for_len, &s->trusted_proxies);
    struct client *c = s->counts.clients < s->counts.capacity ? calloc(1, sizeof *c) : NULL;

    if (!c || id == ORIGIN_UNKNOWN)
        return c;
    c->origin = origins_enter(&s->origins, id, s->config->max_per_address);
    if (c->origin)
        return c;
    free(c);
    return NULL;
}

bool stream_adopt(struct stream *s, int fd, const struct request_head *request,
                  enum audience audience)
{
    struct channel *channel = &s->channels[audience];
    struct client_list *slot = next_slot(channel); /* the macro below takes it several times */
    struct client *c = client_new(s, request);

    if (!c)
        return false;
    set_send_buffer(fd);
    c->channel = channel;
    c->fd = fd;
    c->turns = draw_turns(s->config);
    c->sending = greeting_for(channel, request);
    c->state = CLIENT_IDLE;
    LIST_INSERT_HEAD(slot, c, link);
    s->counts.clients++;
    s->counts.accepted++;
    client_watch(c, EV_READ);
    client_write(c);
    return true;
}

void stream_refuse(struct stream *s, struct buffer *answer, const struct request_head *request)
{
    s->counts.refused++;
    append_head(s, answer, request);
    http_append_refusal(answer, http_draw_retry(s->config->retry));
}

void stream_dismiss(struct stream *s, enum audience audience)
{
    struct client *c;

    for (unsigned slot = 0; slot < SLOTS; slot++)
        while ((c = LIST_FIRST(&s->channels[audience].slots[slot])))
            client_become(c, CLIENT_CLOSED);
}

static void broadcast(struct channel *channel)
{
    struct client *c, *next;

    for (unsigned slot = 0; slot < SLOTS; slot++)
        for (c = LIST_FIRST(&channel->slots[slot]); c; c = next) {
            next = LIST_NEXT(c, link); /* the offer may close `c` */
            client_offer(c, channel->current);
        }
}

static void check_slot(struct client_list *slot, int64_t now)
{
    struct client *c, *next;

    for (c = LIST_FIRST(slot); c; c = next) {
        next = LIST_NEXT(c, link);
        client_check(c, now);
    }
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct stream *s = arg;
    int64_t now = monotonic_ms();

    (void)fd, (void)what;
    s->turn = (s->turn + 1) % SLOTS;
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        check_slot(&s->channels[a].slots[s->turn], now);
}

static void set_current(struct channel *channel, int64_t revision, const struct board_event *event)
{
    notice_drop(channel->current);
    channel->current = notice_scoreboard(revision, event);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void on_coalesced(evutil_socket_t fd, short what, void *arg)
{
    struct channel *channel = arg;
    int64_t start = monotonic_ms(), end;

    (void)fd, (void)what;
    set_current(channel, channel->news.revision, &channel->news.event);
    channel->news = (struct news){0};
    broadcast(channel);
    end = monotonic_ms();
    channel->rest_until = end + least(BROADCAST_REST * (end - start), BROADCAST_REST_MAX);
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t newest(const struct channel *channel)
{
    if (channel->news.revision != REVISION_NONE)
        return channel->news.revision;
    return channel->current ? channel->current->revision : REVISION_NONE;
}

void stream_announce(struct stream *s, enum audience audience, int64_t revision,
                     const struct board_event *event)
{
    struct channel *channel = &s->channels[audience];
    int64_t rest = channel->rest_until - monotonic_ms();
    struct timeval wait = loop_timeval(most(s->config->coalesce, rest));

    if (revision <= newest(channel))
        return;
    news_add(&channel->news, revision, event);
    if (!evtimer_pending(channel->coalesce_timer, NULL))
        event_add(channel->coalesce_timer, &wait);
}

void stream_forget(struct stream *s, enum audience audience)
{
    struct channel *channel = &s->channels[audience];

    notice_drop(channel->current);
    channel->current = NULL;
    channel->news = (struct news){0};
    event_del(channel->coalesce_timer);
}

void stream_restore(struct stream *s, enum audience audience, int64_t revision,
                    const struct board_event *event)
{
    set_current(&s->channels[audience], revision, event);
}

struct stream_counts stream_counts(const struct stream *s)
{
    return s->counts;
}

/* --- Life ------------------------------------------------------------------------------------- */

/* Asks for descriptors, and returns how many there are. */
static rlim_t raise_descriptor_limit(rlim_t need)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < need) {
        limit.rlim_cur = need < limit.rlim_max ? need : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

/* How many of `wanted` clients the descriptors allow. */
static int64_t capacity_for(int64_t wanted)
{
    const rlim_t others = STREAM_SPARE_DESCRIPTORS + OTHER_DESCRIPTORS;
    rlim_t have = raise_descriptor_limit((rlim_t)wanted + others);
    int64_t allowed = have > others ? (int64_t)(have - others) : 0;

    if (have >= (rlim_t)wanted + others)
        return wanted;
    log_warn("the limit of open files allows %" PRId64 " stream clients, max_clients is %" PRId64
             ": raise it (ulimit -n, LimitNOFILE=)",
             allowed, wanted);
    return allowed;
}

static bool open_channel(struct stream *s, struct channel *channel)
{
    channel->stream = s;
    channel->coalesce_timer = evtimer_new(s->base, on_coalesced, channel);
    return channel->coalesce_timer != NULL;
}

static bool start(struct stream *s)
{
    struct timeval turn = loop_timeval(s->config->heartbeat / SLOTS);
    struct err err;

    if (networks_parse(&s->trusted_proxies, s->config->trusted_proxies, &err) == -1)
        return false; /* config_load() would have said so */
    s->heartbeat = notice_heartbeat();
    s->farewell = notice_farewell();
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        if (!open_channel(s, &s->channels[a]))
            return false;
    s->wheel_timer = event_new(s->base, -1, EV_PERSIST, on_turn, s);
    if (!s->wheel_timer || graveyard_init(&s->graveyard, s->base) == -1)
        return false;
    return event_add(s->wheel_timer, &turn) == 0;
}

struct stream *stream_new(struct event_base *base, const struct config *config)
{
    struct stream *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->base = base;
    s->config = config;
    s->counts.capacity = capacity_for(config->max_clients);
    if (start(s))
        return s;
    stream_free(s);
    return NULL;
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        stream_dismiss(s, a);
        loop_event_free(s->channels[a].coalesce_timer);
        notice_drop(s->channels[a].current);
    }
    graveyard_release(&s->graveyard);
    loop_event_free(s->wheel_timer);
    notice_drop(s->heartbeat);
    notice_drop(s->farewell);
    buffer_release(&s->greeting);
    free(s);
}
