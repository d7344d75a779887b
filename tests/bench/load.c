/*
 * load: asks a web server for one URL over and over, for the benchmarks.
 *
 *   load [-c CONNECTIONS] [-t SECONDS] [-w MILLISECONDS] [-H HEADER]... PORT PATH
 *
 * Each connection (on the loopback, kept alive) asks, reads the whole answer, and asks again: at
 * once, or with -w after a pause of once to twice as long, as a viewer does who was told
 * `Retry-After`. Once SECONDS have passed, answers that are on their way are still awaited, so that
 * every request that the server worked for is counted. Prints one line of JSON:
 *
 *   {"requests":N,"seconds":S,"bytes":B,"statuses":{"200":N},"p50_us":U,"p99_us":U,"max_us":U}
 *
 * `bytes` are those of bodies; a latency runs from the request's first byte out, or from the
 * connect where the server had closed the connection, to the answer's last byte in.
 *
 * Bounded in everything: CONNECTIONS_MAX, SECONDS_MAX, LATENCIES_MAX. A server that says nonsense,
 * or nothing for STALL_MS, is a fault that ends it with status 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1000
#define SECONDS_MAX     60
#define LATENCIES_MAX   2000000 /* then it ends early */
#define STALL_MS        20000
#define HEAD_MAX        2048
#define REQUEST_MAX     1024
#define STATUS_MAX      600

struct connection {
    int fd;       /* -1: not connected */
    bool waits;   /* until `due`, to ask again */
    bool closing; /* the server closes it after this answer */
    bool in_body;
    int64_t due, asked_at; /* now_us() */
    int64_t body_left;
    size_t head_len;
    char head[HEAD_MAX + 1];
};

struct load {
    struct sockaddr_in address;
    char request[REQUEST_MAX];
    size_t request_len;
    int64_t pause_us;
    int64_t ends_at; /* no request is sent after it */
    int epoll;
    int count, busy; /* connections; those with a request under way */
    struct connection *connections;
    int64_t bytes;
    uint32_t statuses[STATUS_MAX];
    uint32_t *latencies; /* us */
    size_t requests;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "load: %s: %s\n", what, detail);
    exit(1);
}

/* --- Asking ----------------------------------------------------------------------------------- */

static void connection_open(struct load *l, struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    int on = 1;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&l->address, sizeof l->address) < 0)
        give_up("connecting", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void connection_close(struct connection *c)
{
    close(c->fd);
    c->fd = -1;
}

static void ask(struct load *l, struct connection *c)
{
    c->waits = false;
    c->asked_at = now_us();
    c->in_body = false;
    c->head_len = 0;
    if (c->fd < 0)
        connection_open(l, c);
    if (send(c->fd, l->request, l->request_len, MSG_NOSIGNAL) != (ssize_t)l->request_len)
        give_up("asking", strerror(errno));
    l->busy++;
}

static void ask_those_due(struct load *l, int64_t now)
{
    for (int i = 0; i < l->count && now < l->ends_at; i++)
        if (l->connections[i].waits && l->connections[i].due <= now)
            ask(l, &l->connections[i]);
}

/* --- The answer ------------------------------------------------------------------------------- */

static void answer_ends(struct load *l, struct connection *c)
{
    int64_t now = now_us();

    l->latencies[l->requests++] = (uint32_t)(now - c->asked_at);
    l->busy--;
    if (l->requests == LATENCIES_MAX)
        l->ends_at = now;
    if (c->closing)
        connection_close(c);
    c->waits = true;
    c->due = now + (l->pause_us ? l->pause_us + random() % l->pause_us : 0);
    if (c->due <= now && now < l->ends_at)
        ask(l, c);
}

static bool head_says(const char *head, const char *header)
{
    return strcasestr(head, header) != NULL;
}

/* `head` is whole and terminated. */
static void head_ends(struct load *l, struct connection *c)
{
    const char *length = strcasestr(c->head, "\r\nContent-Length:");
    int status = 0;

    if (sscanf(c->head, "HTTP/1.1 %3d", &status) != 1 || status < 100 || status >= STATUS_MAX)
        give_up("not an answer", c->head);
    if (!length && status != 304)
        give_up("an answer without Content-Length", c->head);
    l->statuses[status]++;
    c->in_body = true;
    c->body_left = length && status != 304 ? strtoll(strchr(length, ':') + 1, NULL, 10) : 0;
    c->closing = head_says(c->head, "\r\nConnection: close");
}

static void take_body(struct load *l, struct connection *c, int64_t n)
{
    if (n > c->body_left)
        give_up("more than Content-Length", c->head);
    l->bytes += n;
    c->body_left -= n;
    if (c->body_left == 0)
        answer_ends(l, c);
}

static void take_head(struct load *l, struct connection *c, size_t n)
{
    char *end;
    int64_t beyond;

    c->head_len += n;
    c->head[c->head_len] = '\0';
    end = strstr(c->head, "\r\n\r\n");
    if (!end && c->head_len == HEAD_MAX)
        give_up("too long a head", c->head);
    if (!end)
        return;
    beyond = c->head + c->head_len - (end + 4);
    end[2] = '\0';
    head_ends(l, c);
    take_body(l, c, beyond);
}

static void connection_read(struct load *l, struct connection *c)
{
    static char body[256 * 1024]; /* read, as a viewer would, and forgotten */
    ssize_t n;

    if (c->in_body)
        n = recv(c->fd, body, sizeof body, MSG_DONTWAIT);
    else
        n = recv(c->fd, c->head + c->head_len, HEAD_MAX - c->head_len, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 && c->waits) /* an idle connection was closed */
        connection_close(c);
    else if (n <= 0)
        give_up("the answer broke off", n < 0 ? strerror(errno) : "closed");
    else if (c->in_body)
        take_body(l, c, n);
    else
        take_head(l, c, (size_t)n);
}

/* --- All of them ------------------------------------------------------------------------------ */

static void run(struct load *l)
{
    struct epoll_event events[256];
    int64_t now;

    for (int i = 0; i < l->count; i++)
        ask(l, &l->connections[i]);
    while ((now = now_us()) < l->ends_at || l->busy > 0) {
        int n = epoll_wait(l->epoll, events, 256, l->pause_us ? 1 : STALL_MS);

        if (n == 0 && !l->pause_us)
            give_up("waiting", "the server does not answer");
        for (int i = 0; i < n; i++)
            connection_read(l, events[i].data.ptr);
        if (l->pause_us)
            ask_those_due(l, now);
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static uint32_t percentile(const struct load *l, unsigned percent)
{
    return l->latencies[(l->requests - 1) * percent / 100];
}

static void print_statuses(const struct load *l)
{
    const char *comma = "";

    printf("\"statuses\":{");
    for (int status = 0; status < STATUS_MAX; status++) {
        if (l->statuses[status] == 0)
            continue;
        printf("%s\"%d\":%" PRIu32, comma, status, l->statuses[status]);
        comma = ",";
    }
    printf("},");
}

static void print_result(const struct load *l, int64_t took_us)
{
    qsort(l->latencies, l->requests, sizeof *l->latencies, by_size);
    printf("{\"requests\":%zu,\"seconds\":%.6f,\"bytes\":%" PRId64 ",", l->requests,
           (double)took_us / 1e6, l->bytes);
    print_statuses(l);
    printf("\"p50_us\":%" PRIu32 ",\"p99_us\":%" PRIu32 ",\"max_us\":%" PRIu32 "}\n",
           percentile(l, 50), percentile(l, 99), percentile(l, 100));
}

/* --- The command line ------------------------------------------------------------------------- */

struct options {
    int connections, port;
    double seconds;
    int64_t pause_ms;
    const char *path;
    char headers[REQUEST_MAX / 2];
};

static bool add_header(struct options *o, const char *header)
{
    size_t len = strlen(o->headers), room = sizeof o->headers - len;

    return (size_t)snprintf(o->headers + len, room, "%s\r\n", header) < room;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    int option;

    *o = (struct options){.connections = 8, .seconds = 1};
    while ((option = getopt(argc, argv, "c:t:w:H:")) != -1) {
        if (option == 'c')
            o->connections = atoi(optarg);
        else if (option == 't')
            o->seconds = atof(optarg);
        else if (option == 'w')
            o->pause_ms = atoi(optarg);
        else if (option != 'H' || !add_header(o, optarg))
            return false;
    }
    if (argc - optind != 2)
        return false;
    o->port = atoi(argv[optind]);
    o->path = argv[optind + 1];
    return o->connections >= 1 && o->connections <= CONNECTIONS_MAX && o->seconds > 0 &&
           o->seconds <= SECONDS_MAX && o->pause_ms >= 0 && o->port > 0 && o->port < 65536;
}

static void load_init(struct load *l, const struct options *o)
{
    int len;

    *l = (struct load){.count = o->connections, .pause_us = o->pause_ms * 1000};
    l->address.sin_family = AF_INET;
    l->address.sin_port = htons((uint16_t)o->port);
    l->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    len = snprintf(l->request, sizeof l->request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n",
                   o->path, o->headers);
    if (len < 0 || (size_t)len >= sizeof l->request)
        give_up("the path", "too long");
    l->request_len = (size_t)len;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->connections = calloc((size_t)l->count, sizeof *l->connections);
    l->latencies = calloc(LATENCIES_MAX + CONNECTIONS_MAX, sizeof *l->latencies);
    if (l->epoll < 0 || !l->connections || !l->latencies)
        give_up("starting", strerror(errno));
    for (int i = 0; i < l->count; i++)
        l->connections[i].fd = -1;
}

int main(int argc, char **argv)
{
    struct options options;
    struct load load;
    int64_t start;

    if (!read_options(&options, argc, argv)) {
        fputs("usage: load [-c CONNECTIONS] [-t SECONDS] [-w MILLISECONDS] [-H HEADER]... "
              "PORT PATH\n",
              stderr);
        return 2;
    }
    load_init(&load, &options);
    start = now_us();
    load.ends_at = start + (int64_t)(options.seconds * 1e6);
    run(&load);
    print_result(&load, now_us() - start);
    free(load.connections);
    free(load.latencies);
    return 0;
}
