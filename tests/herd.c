/*
 * herd: thousands of browsers' EventSources, for tests and benchmarks of the stream.
 *
 *   herd (-u SOCKET | -p PORT) [-n CLIENTS] [-s SECONDS] [-g PATH [-d FILE]] [-P PATH] [-H]
 *
 * Each client asks for the stream (over HTTP/1.0, so that no proxy cuts it into chunks) and, when
 * its connection ends, comes back after the `retry` that it was told, with the last id that it was
 * given. With -g it also fetches that board after each notice (fetch.h), from the same port; with
 * -d it offers the dictionary that is named in FILE when the notice comes, in Available-Dictionary.
 * Standard output gets a line
 *
 *   ready CLIENTS            whenever all clients are connected and have got their `ready`
 *   told ID CLIENTS TIMES    when all clients have got the notice ID
 *   held ID CLIENTS TIMES    with -g: when all clients have got the board of ID
 *   fault TEXT               when a client gets what no client may get, and would not recover from
 *
 * TIMES are four, in microseconds of the monotonic clock: of the first client, the median one, the
 * one that 99 of 100 are not after, and the last. It ends on SIGTERM or after SECONDS (60); with
 * status 1 if there was a fault.
 *
 * For the peers of a benchmark: -P names another path of the stream, -H is for one that greets with
 * nothing but its head, and an id may have two numbers, as in 1772215200:3.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/timestamp.h"
#include "tests/fetch.h"

#define CLIENTS_MAX 20000
#define LINE_BYTES  512 /* no line of the stream is longer */
#define IDS_MAX     256 /* notices that are counted at a time */
#define TURN_MS     10
#define LOOK_MS     100 /* between two looks at who has to ask for a board again */

struct client {
    int fd;            /* -1: waits to connect until `due` */
    int64_t due;       /* monotonic_ms() */
    int64_t retry;     /* ms */
    int64_t last_id;   /* that it was given, over all its connections */
    int64_t told_here; /* the last id on this connection */
    int64_t block_id;  /* of the block being read; 0: none */
    char block_event[16];
    bool in_body, ready;
    char line[LINE_BYTES];
    size_t len;
    struct fetch fetch;
};

/* How many clients a notice, or its board, has come to, and when: at_us[] as in `moments`. */
struct receipts {
    int64_t id;
    int clients;
    int64_t at_us[4];
};
static const double moments[4] = {0, 0.5, 0.99, 1};

struct herd {
    union {
        struct sockaddr any;
        struct sockaddr_un path;
        struct sockaddr_in port;
    } address;
    socklen_t address_len;
    int count, connected, ready, epoll;
    bool faulty;
    const char *path, *board; /* of the stream; of -g, or NULL */
    const char *dictionary_file;
    char dictionary[64]; /* as of the notice `dictionary_of`; "": none */
    int64_t dictionary_of;
    bool greets_by_head;
    int64_t next_look;
    struct receipts told[IDS_MAX], held[IDS_MAX]; /* rings */
    unsigned next_told, next_held;
    struct client *clients;
};

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
    (void)signal;
    stopped = 1;
}

static void fault(struct herd *h, const char *what, const char *text)
{
    h->faulty = true;
    printf("fault %s: %s\n", what, text);
}

/* --- Connections ------------------------------------------------------------------------------ */

static void client_leave(struct herd *h, struct client *c)
{
    if (c->ready)
        h->ready--;
    if (c->fd != -1) {
        close(c->fd);
        h->connected--;
    }
    *c = (struct client){.fd = -1,
                         .due = monotonic_ms() + c->retry,
                         .retry = c->retry,
                         .last_id = c->last_id,
                         .fetch = c->fetch};
}

/* What epoll says of a connection: whose it is, and which of the two. */
enum connection { STREAM, BOARD };

static uint64_t key_of(const struct herd *h, const struct client *c, enum connection which)
{
    return (uint64_t)(c - h->clients) << 1 | which;
}

static void client_ask(struct herd *h, struct client *c)
{
    char text[512];
    int len = snprintf(text, sizeof text,
                       "GET %s HTTP/1.0\r\nHost: herd\r\nAccept: text/event-stream\r\n", h->path);

    if (c->last_id)
        len += snprintf(text + len, sizeof text - (size_t)len, "Last-Event-ID: %" PRId64 "\r\n",
                        c->last_id);
    len += snprintf(text + len, sizeof text - (size_t)len, "\r\n");
    if (send(c->fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        client_leave(h, c);
}

/* Blocking until the kernel has queued it, as EINPROGRESS would need another state. */
static void client_connect(struct herd *h, struct client *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = key_of(h, c, STREAM)};

    c->fd = socket(h->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    h->connected += c->fd != -1;
    if (c->fd == -1 || connect(c->fd, &h->address.any, h->address_len) == -1) {
        client_leave(h, c);
        return;
    }
    epoll_ctl(h->epoll, EPOLL_CTL_ADD, c->fd, &event);
    client_ask(h, c);
}

/* --- What a client is sent -------------------------------------------------------------------- */

static struct receipts *receipts_of(struct receipts ring[IDS_MAX], unsigned *next, int64_t id)
{
    struct receipts *r;

    for (int i = 0; i < IDS_MAX; i++)
        if (ring[i].id == id)
            return &ring[i];
    r = &ring[(*next)++ % IDS_MAX];
    *r = (struct receipts){.id = id};
    return r;
}

/* Receipts come in the order of time: each moment is that of a certain client. */
static void count_receipt(const struct herd *h, struct receipts *r, const char *what)
{
    r->clients++;
    for (int i = 0; i < 4; i++)
        if (r->at_us[i] == 0 && r->clients >= moments[i] * h->count)
            r->at_us[i] = monotonic_us();
    if (r->clients == h->count)
        printf("%s %" PRId64 " %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", what, r->id,
               h->count, r->at_us[0], r->at_us[1], r->at_us[2], r->at_us[3]);
}

static const char *dictionary_for(struct herd *h, int64_t id)
{
    FILE *file =
        h->dictionary_file && id != h->dictionary_of ? fopen(h->dictionary_file, "r") : NULL;

    if (file && fscanf(file, "%63s", h->dictionary) != 1)
        h->dictionary[0] = '\0';
    if (file)
        fclose(file);
    h->dictionary_of = id;
    return h->dictionary;
}

static void client_fetch(struct herd *h, struct client *c, int64_t id)
{
    const struct fetch_target to = {&h->address.port, h->board, dictionary_for(h, id), h->epoll};

    if (!fetch_start(&c->fetch, &to, key_of(h, c, BOARD), id))
        fault(h, "a board cannot be asked for", strerror(errno));
}

static void client_fetch_read(struct herd *h, struct client *c)
{
    int64_t id = fetch_read(&c->fetch);

    if (id < 0)
        fault(h, "no board", c->fetch.head);
    if (id > 0)
        count_receipt(h, receipts_of(h->held, &h->next_held, id), "held");
    if (id > 0 && c->fetch.wanted > id)
        client_fetch(h, c, c->fetch.wanted);
}

static void client_told(struct herd *h, struct client *c, int64_t id)
{
    count_receipt(h, receipts_of(h->told, &h->next_told, id), "told");
    if (h->board)
        client_fetch(h, c, id);
}

static void client_ready(struct herd *h, struct client *c)
{
    c->ready = true;
    if (++h->ready == h->count)
        printf("ready %d\n", h->count);
}

static void client_take_id(struct herd *h, struct client *c, const char *line)
{
    if (c->block_id <= c->told_here)
        fault(h, "an id came back", line);
    c->told_here = c->last_id = c->block_id;
}

static void client_end_block(struct herd *h, struct client *c)
{
    if (c->block_id)
        client_take_id(h, c, c->block_event);
    if (strcmp(c->block_event, "ready") == 0)
        client_ready(h, c);
    else if (strcmp(c->block_event, "scoreboard") == 0)
        client_told(h, c, c->block_id);
    c->block_id = 0;
    c->block_event[0] = '\0';
}

static bool is_event(const char *line)
{
    static const char begin[] = "data: {\"scope\":\"all\",\"reason\":\"", end[] = "Z\"}";
    size_t len = strlen(line);

    return strncmp(line, begin, strlen(begin)) == 0 && len > strlen(begin) + strlen(end) &&
           strcmp(line + len - strlen(end), end) == 0;
}

static bool parse_id(const char *line, int64_t *id)
{
    int64_t more = 0;
    int numbers = sscanf(line, "id: %" SCNd64 ":%" SCNd64, id, &more);

    if (numbers == 2)
        *id = *id * 1000000 + more;
    return numbers > 0;
}

static void client_body_line(struct herd *h, struct client *c, const char *line)
{
    if (line[0] == '\0')
        client_end_block(h, c);
    else if (parse_id(line, &c->block_id) || sscanf(line, "retry: %" SCNd64, &c->retry) == 1 ||
             sscanf(line, "event: %15s", c->block_event) == 1)
        return;
    else if (line[0] != ':' && strcmp(line, "data: {}") != 0 && !is_event(line))
        fault(h, "a torn line", line);
}

static void client_head_line(struct herd *h, struct client *c, char *line)
{
    line[strcspn(line, "\r")] = '\0';
    if (strncmp(line, "HTTP/", 5) == 0 && strncmp(line + 8, " 200 ", 5) != 0)
        fault(h, "a status that EventSource gives up on", line);
    c->in_body = line[0] == '\0';
    if (c->in_body && h->greets_by_head)
        client_ready(h, c);
}

static void client_byte(struct herd *h, struct client *c, char byte)
{
    if (byte != '\n') {
        if (c->len < sizeof c->line - 1)
            c->line[c->len++] = byte;
        return;
    }
    c->line[c->len] = '\0';
    c->len = 0;
    if (c->in_body)
        client_body_line(h, c, c->line);
    else
        client_head_line(h, c, c->line);
}

static void client_read(struct herd *h, struct client *c)
{
    char bytes[4096];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        client_leave(h, c);
        return;
    }
    for (ssize_t i = 0; i < n; i++)
        client_byte(h, c, bytes[i]);
}

/* --- The herd --------------------------------------------------------------------------------- */

static void connect_due(struct herd *h, int64_t now)
{
    if (h->connected == h->count)
        return;
    for (int i = 0; i < h->count && !stopped; i++)
        if (h->clients[i].fd == -1 && h->clients[i].due <= now)
            client_connect(h, &h->clients[i]);
}

/* Boards of which a node said: not yet. */
static void fetch_due(struct herd *h, int64_t now)
{
    if (!h->board || now < h->next_look)
        return;
    h->next_look = now + LOOK_MS;
    for (int i = 0; i < h->count && !stopped; i++) {
        struct client *c = &h->clients[i];
        if (c->fetch.state == FETCH_LATER && c->fetch.due <= now)
            client_fetch(h, c, c->fetch.wanted);
    }
}

static void on_input(struct herd *h, uint64_t key)
{
    struct client *c = &h->clients[key >> 1];

    if ((key & 1) == BOARD)
        client_fetch_read(h, c);
    else
        client_read(h, c);
}

static void run(struct herd *h, int64_t until)
{
    struct epoll_event events[256];

    for (int64_t now = monotonic_ms(); !stopped && now < until; now = monotonic_ms()) {
        int n;

        connect_due(h, now);
        fetch_due(h, now);
        n = epoll_wait(h->epoll, events, 256, TURN_MS);
        for (int i = 0; i < n; i++)
            on_input(h, events[i].data.u64);
    }
}

static void to_socket(struct herd *h, const char *path)
{
    h->address.path.sun_family = AF_UNIX;
    strncpy(h->address.path.sun_path, path, sizeof h->address.path.sun_path - 1);
    h->address_len = sizeof h->address.path;
}

static void to_port(struct herd *h, int port)
{
    h->address.port.sin_family = AF_INET;
    h->address.port.sin_port = htons((uint16_t)port);
    h->address.port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    h->address_len = sizeof h->address.port;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int usage(void)
{
    fputs("usage: herd (-u SOCKET | -p PORT) [-n CLIENTS] [-s SECONDS] [-g PATH [-d FILE]]"
          " [-P PATH] [-H]\n",
          stderr);
    return 2;
}

static bool read_options(struct herd *h, int64_t *seconds, int argc, char **argv)
{
    int option;

    *h = (struct herd){.count = 1, .path = "/api/scoreboard/stream"};
    while ((option = getopt(argc, argv, "u:p:n:s:g:d:P:H")) != -1) {
        if (option == 'u')
            to_socket(h, optarg);
        else if (option == 'p')
            to_port(h, atoi(optarg));
        else if (option == 'n')
            h->count = atoi(optarg);
        else if (option == 's')
            *seconds = atoi(optarg);
        else if (option == 'g')
            h->board = optarg;
        else if (option == 'd')
            h->dictionary_file = optarg;
        else if (option == 'P')
            h->path = optarg;
        else if (option == 'H')
            h->greets_by_head = true;
        else
            return false;
    }
    return h->address_len > 0 && h->count >= 1 && h->count <= CLIENTS_MAX;
}

static bool herd_init(struct herd *h)
{
    raise_descriptor_limit();
    h->epoll = epoll_create1(EPOLL_CLOEXEC);
    h->clients = calloc((size_t)h->count, sizeof *h->clients);
    if (h->epoll == -1 || !h->clients)
        return false;
    for (int i = 0; i < h->count; i++)
        h->clients[i] = (struct client){.fd = -1, .retry = 100, .fetch.fd = -1};
    return true;
}

int main(int argc, char **argv)
{
    static struct herd h;
    int64_t seconds = 60;

    if (!read_options(&h, &seconds, argc, argv))
        return usage();
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    if (!herd_init(&h))
        return 2;
    run(&h, monotonic_ms() + seconds * 1000);
    free(h.clients);
    return h.faulty ? 1 : 0;
}
