/*
 * evhttpd: the stream as libevent's own HTTP server would do it, to be measured against.
 *
 *   evhttpd SOCKET
 *
 * Whoever GETs anything gets the head of a stream and `ready`; each line of standard input is a
 * notice, `REVISION REASON ...` as streamd.c has it, that all of them get. It ends with its input.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096

struct viewer {
    struct evhttp_request *request;
    LIST_ENTRY(viewer) link;
};

static LIST_HEAD(, viewer) viewers;

static void on_close(struct evhttp_connection *connection, void *arg)
{
    struct viewer *v = arg;

    (void)connection;
    LIST_REMOVE(v, link);
    free(v);
}

static void send_text(struct viewer *v, const char *text)
{
    struct evbuffer *chunk = evbuffer_new();

    evbuffer_add(chunk, text, strlen(text));
    evhttp_send_reply_chunk(v->request, chunk);
    evbuffer_free(chunk);
}

static void on_request(struct evhttp_request *request, void *arg)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct viewer *v = malloc(sizeof *v);

    (void)arg;
    v->request = request;
    LIST_INSERT_HEAD(&viewers, v, link);
    evhttp_connection_set_closecb(evhttp_request_get_connection(request), on_close, v);
    evhttp_add_header(headers, "Content-Type", "text/event-stream");
    evhttp_add_header(headers, "Cache-Control", "no-cache, no-transform");
    evhttp_send_reply_start(request, 200, "OK");
    send_text(v, "retry: 2000\n\nevent: ready\ndata: {}\n\n");
}

static void tell_all(const char *line)
{
    char text[256], reason[65];
    struct viewer *v;
    int64_t revision;

    if (sscanf(line, "%" SCNd64 " %64s", &revision, reason) != 2)
        return;
    snprintf(text, sizeof text,
             "id: %" PRId64 "\nevent: scoreboard\n"
             "data: {\"scope\":\"all\",\"reason\":\"%s\",\"ts\":\"2026-02-27T18:00:00Z\"}\n\n",
             revision, reason);
    LIST_FOREACH(v, &viewers, link)
    {
        send_text(v, text);
    }
}

/* One line at a time, as they are written. */
static void on_input(evutil_socket_t fd, short what, void *base)
{
    char line[256];

    (void)fd, (void)what;
    if (fgets(line, sizeof line, stdin))
        tell_all(line);
    else
        event_base_loopexit(base, NULL);
}

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (fd == -1 || bind(fd, (struct sockaddr *)&address, sizeof address) == -1 ||
        listen(fd, BACKLOG) == -1) {
        perror(path);
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    struct event_base *base = event_base_new();
    struct evhttp *http = evhttp_new(base);

    if (argc != 2) {
        fputs("usage: evhttpd SOCKET\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    setvbuf(stdin, NULL, _IONBF, 0);
    evhttp_set_gencb(http, on_request, NULL);
    evhttp_accept_socket(http, listen_on(argv[1]));
    event_add(event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, base), NULL);
    return event_base_dispatch(base) == -1;
}
