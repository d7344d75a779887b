/*
 * The daemon's socket, from its opening to its closing, with each call of the system failing in turn:
 * browsers follow the stream, one asks for its health, one speaks no HTTP.
 *
 *   stream DIRECTORY [STEP [CALL...]]
 *
 * The browsers' own calls go to the kernel past libc, so that none of theirs fails.
 */
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/server.h"
#include "daemon/stream.h"
#include "lib/log.h"
#include "lib/timestamp.h"
#include "tests/faults/faults.h"

#define PATIENCE_MS 10000

static struct config config;
static const struct board_event event = {.reason = "submission_correct", .ts = 1772215200000000};

/* --- Browsers ----------------------------------------------------------------------------------- */

struct browser {
    int fd;
    char got[4096];
    size_t len;
};

static void browser_ask(struct browser *b, const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof address.sun_path, "%s", config.socket);
    b->len = 0;
    b->fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (syscall(SYS_connect, b->fd, &address, sizeof address) < 0)
        return; /* nobody listens */
    syscall(SYS_sendto, b->fd, request, strlen(request), MSG_NOSIGNAL, NULL, 0);
}

static void browser_look(struct browser *b)
{
    long n = syscall(SYS_recvfrom, b->fd, b->got + b->len, sizeof b->got - 1 - b->len, MSG_DONTWAIT,
                     NULL, NULL);

    b->len += n > 0 ? (size_t)n : 0;
    b->got[b->len] = '\0';
}

static void browser_leave(struct browser *b)
{
    syscall(SYS_close, b->fd);
}

/* --- The daemon's half -------------------------------------------------------------------------- */

static int write_page(void *node, enum page page, enum audience audience, struct buffer *body)
{
    (void)node, (void)audience;
    buffer_printf(body, "{\"page\":%d}", (int)page);
    return 200;
}

struct half {
    struct event_base *base;
    struct stream *stream;
    struct server *server;
};

static void turn(struct half *h)
{
    for (int i = 0; i < 4; i++)
        event_base_loop(h->base, EVLOOP_NONBLOCK);
}

/* With patience until it is there; without, as long as things take that go well. */
static bool comes(struct half *h, struct browser *b, const char *what, bool patient)
{
    int64_t deadline = monotonic_ms() + (patient ? PATIENCE_MS : 0);
    bool found;

    do {
        turn(h);
        browser_look(b);
        found = strstr(b->got, what);
    } while (!found && monotonic_ms() < deadline);
    return found;
}

/* What of it all has come, as bits. */
enum { READY = 1, NOTICE = 2, HEALTH = 4, REFUSAL = 8, ALL = 15 };

static int serve(struct half *h, int revision, bool patient)
{
    char ready[64], notice[64];
    static const char hello[] = "GET /api/scoreboard/stream HTTP/1.1\r\nHost: h\r\n"
                                "X-Forwarded-For: 192.0.2.1\r\n\r\n";
    struct browser follower, late, healthy, odd;
    int seen = 0;

    snprintf(ready, sizeof ready, "id: %d\nevent: ready\n", revision);
    snprintf(notice, sizeof notice, "id: %d\nevent: scoreboard\n", revision + 1);
    browser_ask(&follower, hello);
    seen |= comes(h, &follower, ready, patient) ? READY : 0;
    browser_ask(&healthy, "GET /api/scoreboard/health HTTP/1.1\r\nHost: h\r\n\r\n");
    seen |= comes(h, &healthy, "{\"page\":0}", patient) ? HEALTH : 0;
    browser_ask(&odd, "HELO\r\n");
    seen |= comes(h, &odd, "HTTP/1.1 400 ", patient) ? REFUSAL : 0;
    browser_ask(&late, hello);
    stream_announce(h->stream, AUDIENCE_PUBLIC, revision + 1, &event);
    seen |= comes(h, &late, "event: ready\n", patient) && comes(h, &follower, notice, patient)
                ? NOTICE
                : 0;
    browser_leave(&odd);
    browser_leave(&late);
    turn(h);
    browser_leave(&healthy);
    browser_leave(&follower);
    return seen;
}

static void expect_all(int seen)
{
    EXPECT(seen == ALL, "of ready, notice, health and refusal only %d came", seen);
}

/* Once the fault is over, whoever comes is served: by the same daemon, if it came up. */
static void live(struct half *h)
{
    stream_restore(h->stream, AUDIENCE_PUBLIC, 100, &event);
    (void)serve(h, 100, false);
    faults_over();
    expect_all(serve(h, 101, true));
}

static void run(void)
{
    struct half h = {.base = event_base_new()};
    struct err err = {""};

    h.stream = h.base ? stream_new(h.base, &config) : NULL;
    if (h.stream) {
        h.server = server_new(h.base, &config, h.stream, write_page, NULL, &err);
        EXPECT(h.server || err.text[0], "a failure that says nothing");
    }
    if (h.server)
        live(&h);
    server_free(h.server);
    stream_free(h.stream);
    if (h.base)
        event_base_free(h.base);
}

int main(int argc, char **argv)
{
    static const struct work work = {"stream", NULL, run, run};
    char path[PATH_MAX];
    struct err err;

    if (argc < 2) {
        fputs("usage: stream DIRECTORY [STEP [CALL...]]\n", stderr);
        return 2;
    }
    EXPECT(config_load(&config, NULL, &err) == 0, "%s", err.text);
    snprintf(path, sizeof path, "%s/daemon.sock", argv[1]);
    free(config.socket);
    config.socket = strdup(path);
    config.coalesce = 0;
    log_open("stream", LOG_LEVEL_ERROR);
    faults_try(&work, argc - 1, argv + 1);
    config_release(&config);
    return 0;
}
