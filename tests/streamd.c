/*
 * streamd: the daemon's socket without the daemon, for tests of the stream that need neither
 * PostgreSQL nor Redis.
 *
 *   streamd -c FILE
 *
 * Each line on standard input is one announcement, `REVISION REASON TS` (microseconds since 1970), to
 * the public; with `staff` before it, to the staff; with `restore`, the snapshot found at start.
 * `forget` has what the public was told forgotten. The pages say what was asked for; metrics are the
 * stream's counts, one `name value` a line. It ends at the end of the input, or on SIGTERM.
 *
 * With STREAMD_SHORT_WRITES in the environment a socket takes seven bytes at a time and is full
 * after that, which a Unix socket does to nobody in a test's lifetime.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/server.h"
#include "daemon/stream.h"
#include "lib/config.h"
#include "lib/log.h"

/* The linker puts the second in the place of send(), and makes the first the real one. */
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
    static unsigned calls;

    if (!getenv("STREAMD_SHORT_WRITES"))
        return __real_send(fd, bytes, len, flags);
    if (++calls % 2 == 0) {
        errno = EAGAIN;
        return -1;
    }
    return __real_send(fd, bytes, len < 7 ? len : 7, flags);
}

struct streamd {
    struct event_base *base;
    struct stream *stream;
    char input[65536];
    size_t len;
};

static int write_page(void *node, enum page page, enum audience audience, struct buffer *body)
{
    struct streamd *d = node;
    struct stream_counts c = stream_counts(d->stream);

    if (page == PAGE_METRICS) {
        buffer_printf(body, "clients %" PRId64 "\ncapacity %" PRId64 "\n", c.clients, c.capacity);
        buffer_printf(body, "accepted %" PRId64 "\nrefused %" PRId64 "\n", c.accepted, c.refused);
        buffer_printf(body, "stalled %" PRId64 "\ndelivered %" PRId64 "\n", c.stalled, c.delivered);
        buffer_printf(body, "superseded %" PRId64 "\n", c.superseded);
        return 200;
    }
    buffer_printf(body, "{\"page\":\"%s%s\"}", page == PAGE_HEALTH ? "health" : "status",
                  page == PAGE_HEALTH && audience == AUDIENCE_STAFF ? " for the staff" : "");
    return page == PAGE_HEALTH ? 503 : 200;
}

static void obey(struct streamd *d, const char *line)
{
    struct board_event event = {.outbox = true};
    int64_t revision;

    if (sscanf(line, "%" SCNd64 " %64s %" SCNd64, &revision, event.reason, &event.ts) == 3)
        stream_announce(d->stream, AUDIENCE_PUBLIC, revision, &event);
    else if (sscanf(line, "staff %" SCNd64 " %64s %" SCNd64, &revision, event.reason, &event.ts) ==
             3)
        stream_announce(d->stream, AUDIENCE_STAFF, revision, &event);
    else if (sscanf(line, "restore %" SCNd64 " %64s %" SCNd64, &revision, event.reason,
                    &event.ts) == 3)
        stream_restore(d->stream, AUDIENCE_PUBLIC, revision, &event);
    else if (strncmp(line, "forget", strlen("forget")) == 0)
        stream_forget(d->stream, AUDIENCE_PUBLIC);
    else
        log_error("no such command: %s", line);
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
    struct streamd *d = arg;
    ssize_t n = read(fd, d->input + d->len, sizeof d->input - d->len);
    char *line = d->input, *end;

    (void)what;
    if (n <= 0) {
        event_base_loopexit(d->base, NULL);
        return;
    }
    d->len += (size_t)n;
    while ((end = memchr(line, '\n', d->len))) {
        *end = '\0';
        obey(d, line);
        d->len -= (size_t)(end + 1 - line);
        line = end + 1;
    }
    memmove(d->input, line, d->len);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
    struct streamd *d = arg;

    (void)signal, (void)what;
    event_base_loopexit(d->base, NULL);
}

static int run(struct streamd *d, const struct config *config, struct err *err)
{
    struct event *input = event_new(d->base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, d);
    struct event *term = evsignal_new(d->base, SIGTERM, on_signal, d);
    struct server *server;

    d->stream = stream_new(d->base, config);
    server = server_new(d->base, config, d->stream, write_page, d, err);
    if (server) {
        event_add(input, NULL);
        event_add(term, NULL);
        event_base_dispatch(d->base);
    }
    server_free(server);
    stream_free(d->stream);
    event_free(input);
    event_free(term);
    return server ? 0 : -1;
}

int main(int argc, char **argv)
{
    static struct streamd d;
    struct config config;
    struct err err;
    int rc;

    log_open("streamd", LOG_LEVEL_INFO);
    if (argc != 3 || strcmp(argv[1], "-c") != 0 || config_load(&config, argv[2], &err) == -1) {
        log_error("usage: streamd -c FILE (%s)", argc == 3 ? err.text : "no file");
        return 2;
    }
    d.base = event_base_new();
    rc = run(&d, &config, &err);
    if (rc == -1)
        log_error("%s", err.text);
    event_base_free(d.base);
    config_release(&config);
    return rc == 0 ? 0 : 1;
}
