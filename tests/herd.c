/*
 * herd: thousands of browsers' EventSources, for tests and benchmarks of the stream.
 *
 *   herd (-u SOCKET | -p PORT) [-n CLIENTS] [-s SECONDS]
 *
 * Each client asks for the stream (over HTTP/1.0, so that no proxy cuts it into chunks) and, when
 * its connection ends, comes back after the `retry` that it was told, with the last id that it was
 * given. Standard output gets a line
 *
 *   ready CLIENTS       whenever all clients are connected and have got their `ready`
 *   told ID CLIENTS     when all clients have got the notice ID
 *   fault TEXT          when a client gets what no client may get, and would not recover from
 *
 * It ends on SIGTERM or after SECONDS (60); with status 1 if there was a fault.
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

#define CLIENTS_MAX 20000
#define LINE_BYTES  512 /* no line of the stream is longer */
#define IDS_MAX     256 /* notices that are counted at a time */
#define TURN_MS     10

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
};

struct told {
    int64_t id;
    int clients;
};

struct herd {
    union {
        struct sockaddr any;
        struct sockaddr_un path;
        struct sockaddr_in port;
    } address;
    socklen_t address_len;
    int count, ready, epoll;
    bool faulty;
    struct told told[IDS_MAX]; /* a ring */
    unsigned next_told;
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
    if (c->fd != -1)
        close(c->fd);
    *c = (struct client){
        .fd = -1, .due = monotonic_ms() + c->retry, .retry = c->retry, .last_id = c->last_id};
}

static void client_ask(struct herd *h, struct client *c)
{
    char text[256];
    int len = snprintf(text, sizeof text, "GET /api/scoreboard/stream HTTP/1.0\r\nHost: herd\r\n");

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
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

    c->fd = socket(h->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd == -1 || connect(c->fd, &h->address.any, h->address_len) == -1) {
        client_leave(h, c);
        return;
    }
    epoll_ctl(h->epoll, EPOLL_CTL_ADD, c->fd, &event);
    client_ask(h, c);
}

/* --- What a client is sent -------------------------------------------------------------------- */

static struct told *told_find(struct herd *h, int64_t id)
{
    struct told *t;

    for (int i = 0; i < IDS_MAX; i++)
        if (h->told[i].id == id)
            return &h->told[i];
    t = &h->told[h->next_told++ % IDS_MAX];
    *t = (struct told){.id = id};
    return t;
}

static void count_told(struct herd *h, int64_t id)
{
    struct told *t = told_find(h, id);

    if (++t->clients == h->count)
        printf("told %" PRId64 " %d\n", id, h->count);
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
        count_told(h, c->block_id);
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

static void client_body_line(struct herd *h, struct client *c, const char *line)
{
    if (line[0] == '\0')
        client_end_block(h, c);
    else if (sscanf(line, "retry: %" SCNd64, &c->retry) == 1 ||
             sscanf(line, "id: %" SCNd64, &c->block_id) == 1 ||
             sscanf(line, "event: %15s", c->block_event) == 1)
        return;
    else if (strcmp(line, ": ") != 0 && strcmp(line, "data: {}") != 0 && !is_event(line))
        fault(h, "a torn line", line);
}

static void client_head_line(struct herd *h, struct client *c, char *line)
{
    line[strcspn(line, "\r")] = '\0';
    if (strncmp(line, "HTTP/", 5) == 0 && strncmp(line + 8, " 200 ", 5) != 0)
        fault(h, "a status that EventSource gives up on", line);
    c->in_body = line[0] == '\0';
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
    for (int i = 0; i < h->count && !stopped; i++)
        if (h->clients[i].fd == -1 && h->clients[i].due <= now)
            client_connect(h, &h->clients[i]);
}

static void run(struct herd *h, int64_t until)
{
    struct epoll_event events[256];

    for (int64_t now = monotonic_ms(); !stopped && now < until; now = monotonic_ms()) {
        int n;

        connect_due(h, now);
        n = epoll_wait(h->epoll, events, 256, TURN_MS);
        for (int i = 0; i < n; i++)
            client_read(h, events[i].data.ptr);
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
    fputs("usage: herd (-u SOCKET | -p PORT) [-n CLIENTS] [-s SECONDS]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct herd h = {.count = 1};
    int64_t seconds = 60;
    int option;

    while ((option = getopt(argc, argv, "u:p:n:s:")) != -1) {
        if (option == 'u')
            to_socket(&h, optarg);
        else if (option == 'p')
            to_port(&h, atoi(optarg));
        else if (option == 'n')
            h.count = atoi(optarg);
        else if (option == 's')
            seconds = atoi(optarg);
        else
            return usage();
    }
    if (h.address_len == 0 || h.count < 1 || h.count > CLIENTS_MAX)
        return usage();
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    raise_descriptor_limit();
    h.epoll = epoll_create1(EPOLL_CLOEXEC);
    h.clients = calloc((size_t)h.count, sizeof *h.clients);
    if (h.epoll == -1 || !h.clients)
        return 2;
    for (int i = 0; i < h.count; i++)
        h.clients[i] = (struct client){.fd = -1, .retry = 100};
    run(&h, monotonic_ms() + seconds * 1000);
    free(h.clients);
    return h.faulty ? 1 : 0;
}
