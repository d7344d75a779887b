/*
 * server: a guest's way from accept(2) to its answer.
 *
 *   on_connection -> GUEST_HEAD -> guest_route -> the stream's client (stream.c)
 *                                             \-> GUEST_ANSWER -> GUEST_LINGER -> GUEST_GONE
 *
 * A head nearly always comes in one piece and is parsed where it was received, in a buffer that all
 * guests share; only a head in pieces gets memory of its own. Each state has `head_deadline` to be
 * left. After its answer a guest lingers: were the socket closed while bytes of the request are
 * unread, the kernel would report a reset, and a proxy would drop our answer for its own 502.
 *
 * Accepting must not fail half way, and must not spin when it does. A connection beyond the stream's
 * capacity and its spare is turned away, and so is one for which the process has no descriptor: one
 * is held in reserve for that. "Turned away" is an answer, the stream's refusal, since whoever gets
 * none, or an error, does not come back.
 */
#include "daemon/server.h"

#include <assert.h>
#include <errno.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/request.h"
#include "daemon/response.h"
#include "daemon/timeval.h"
#include "lib/log.h"
#include "lib/timestamp.h"

#define SOCKET_MODE      0660
#define BACKLOG          65535 /* the kernel lowers it to net.core.somaxconn */
#define ACCEPTS_PER_TURN 256   /* then clients get their turn */
#define ACCEPT_PAUSE_MS  250   /* after a failure that our reserve does not help against */
#define LINGER_MAX       (256 * 1024)
#define PAGE_MAX         (1024 * 1024)

enum guest_state {
    GUEST_HEAD,   /* its request is not complete */
    GUEST_ANSWER, /* its answer is not sent whole */
    GUEST_LINGER, /* nothing more to send; waits for the peer to close */
    GUEST_GONE,   /* in the graveyard */
};

struct guest {
    struct event event;
    struct server *server;
    LIST_ENTRY(guest) link; /* among the guests, or in the graveyard */
    int fd;                 /* -1: the stream's now */
    enum guest_state state;
    int64_t deadline;   /* of its state, monotonic_ms() */
    struct buffer head; /* its first pieces; empty when it comes in one */
    struct buffer answer;
    size_t sent;    /* bytes of the answer */
    size_t ignored; /* bytes dropped while it lingers */
};

LIST_HEAD(guest_list, guest);

struct server {
    struct event_base *base;
    const struct config *config;
    struct stream *stream;
    page_writer write_page;
    void *node;
    int fd;
    bool bound;         /* the socket file is ours to remove */
    int reserve;        /* a descriptor to give up when there is no other; -1: given up */
    char *scratch;      /* head_max bytes; what is received goes here first */
    struct buffer text; /* a page's body, or a refusal; reused */
    struct guest_list guests, graveyard;
    int64_t guest_count;
    struct event *listener, *resume_timer, *burial;
};

/* --- Routes ------------------------------------------------------------------------------------*/

struct route {
    const char *path;
    const char *type; /* NULL: the stream */
    enum page page;
};

static const struct route routes[] = {
    {"/api/scoreboard/stream", NULL, 0},
    {"/api/scoreboard/health", "application/json; charset=utf-8", PAGE_HEALTH},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", PAGE_METRICS},
    {"/status", "application/json; charset=utf-8", PAGE_STATUS},
};

static const struct route *route_find(const struct request *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (strlen(routes[i].path) == request->path_len &&
            memcmp(routes[i].path, request->path, request->path_len) == 0)
            return &routes[i];
    return NULL;
}

/* --- A guest's states --------------------------------------------------------------------------*/

static void on_guest(evutil_socket_t fd, short what, void *arg);

/* Once, until the state's deadline: the callback waits again if the guest is still here. */
static void guest_wait(struct guest *g)
{
    struct timeval left = timeval_ms(g->deadline - monotonic_ms());
    short what = g->state == GUEST_ANSWER ? EV_WRITE : EV_READ;

    event_assign(&g->event, g->server->base, g->fd, what, on_guest, g);
    event_add(&g->event, &left);
}

static void guest_bury(struct guest *g)
{
    struct server *s = g->server;

    event_del(&g->event);
    if (g->fd != -1)
        close(g->fd);
    buffer_release(&g->head);
    buffer_release(&g->answer);
    LIST_REMOVE(g, link);
    LIST_INSERT_HEAD(&s->graveyard, g, link);
    event_active(s->burial, 0, 0);
    s->guest_count--;
}

static bool is_legal(enum guest_state from, enum guest_state to)
{
    return from != GUEST_GONE && (to == from + 1 || to == GUEST_GONE);
}

/* The only place where a guest's state changes. */
static void guest_become(struct guest *g, enum guest_state state)
{
    assert(is_legal(g->state, state));
    g->state = state;
    g->deadline = monotonic_ms() + g->server->config->head_deadline;
    if (state == GUEST_LINGER)
        shutdown(g->fd, SHUT_WR);
    if (state == GUEST_GONE)
        guest_bury(g);
}

/* --- Answers -----------------------------------------------------------------------------------*/

static void guest_write(struct guest *g)
{
    const struct buffer *answer = &g->answer;
    ssize_t n = send(g->fd, answer->data + g->sent, answer->len - g->sent, MSG_NOSIGNAL);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n < 0) {
        guest_become(g, GUEST_GONE);
        return;
    }
    g->sent += (size_t)n;
    if (g->sent == answer->len)
        guest_become(g, GUEST_LINGER);
}

/* g->answer is ready. */
static void guest_answer(struct guest *g)
{
    if (buffer_failed(&g->answer)) {
        guest_become(g, GUEST_GONE);
        return;
    }
    guest_become(g, GUEST_ANSWER);
    guest_write(g);
}

static void guest_answer_error(struct guest *g, int status, bool head_only)
{
    response_append_error(&g->answer, status, head_only);
    guest_answer(g);
}

static void guest_answer_page(struct guest *g, const struct route *route, bool head_only)
{
    struct server *s = g->server;
    int status;

    buffer_clear(&s->text);
    status = s->write_page(s->node, route->page, &s->text);
    response_append_page(&g->answer, status, route->type, &s->text, head_only);
    guest_answer(g);
}

/* Passes the descriptor on, or says when to come back. */
static void guest_join_stream(struct guest *g, const struct request *request)
{
    struct server *s = g->server;

    if (stream_adopt(s->stream, g->fd, request)) {
        g->fd = -1;
        guest_become(g, GUEST_GONE);
        return;
    }
    stream_refuse(s->stream, &g->answer);
    guest_answer(g);
}

static void guest_answer_stream_head(struct guest *g)
{
    response_append_stream_head(&g->answer);
    guest_answer(g);
}

static void guest_route(struct guest *g, const struct request *request)
{
    const struct route *route = route_find(request);
    bool head_only = request->method == METHOD_HEAD;

    if (!route)
        guest_answer_error(g, 404, head_only);
    else if (request->method == METHOD_OTHER)
        guest_answer_error(g, 405, false);
    else if (route->type)
        guest_answer_page(g, route, head_only);
    else if (head_only)
        guest_answer_stream_head(g);
    else
        guest_join_stream(g, request);
}

/* --- What a guest says -------------------------------------------------------------------------*/

/* Receives the next piece. False: there is none, or the guest left. */
static bool guest_receive(struct guest *g, size_t max, size_t *len)
{
    ssize_t n = recv(g->fd, g->server->scratch, max, 0);

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0) {
        guest_become(g, GUEST_GONE);
        return false;
    }
    *len = (size_t)n;
    return true;
}

static void guest_read_head(struct guest *g)
{
    struct server *s = g->server;
    size_t max = (size_t)s->config->head_max, len;
    const char *head = s->scratch;
    struct request request;
    int status;

    if (!guest_receive(g, max - g->head.len, &len))
        return;
    if (g->head.len > 0) {
        buffer_append(&g->head, head, len);
        head = g->head.data;
        len = g->head.len;
    }
    status = request_parse(head, len, max, &request);
    if (status == 200)
        guest_route(g, &request);
    else if (status != 0)
        guest_answer_error(g, status, false);
    else if (g->head.len == 0)
        buffer_append(&g->head, head, len);
}

static void guest_linger(struct guest *g)
{
    size_t len;

    if (!guest_receive(g, (size_t)g->server->config->head_max, &len))
        return;
    g->ignored += len;
    if (g->ignored > LINGER_MAX)
        guest_become(g, GUEST_GONE);
}

static void guest_expire(struct guest *g)
{
    if (g->state == GUEST_HEAD)
        guest_answer_error(g, 408, false);
    else
        guest_become(g, GUEST_GONE);
}

static void on_guest(evutil_socket_t fd, short what, void *arg)
{
    struct guest *g = arg;

    (void)fd;
    if (what & EV_TIMEOUT)
        guest_expire(g);
    else if (g->state == GUEST_HEAD)
        guest_read_head(g);
    else if (g->state == GUEST_ANSWER)
        guest_write(g);
    else
        guest_linger(g);
    if (g->state != GUEST_GONE)
        guest_wait(g);
}

/* --- Accepting ---------------------------------------------------------------------------------*/

static void guest_new(struct server *s, int fd)
{
    struct guest *g = calloc(1, sizeof *g);

    if (!g) {
        close(fd);
        return;
    }
    g->server = s;
    g->fd = fd;
    g->state = GUEST_HEAD;
    g->deadline = monotonic_ms() + s->config->head_deadline;
    LIST_INSERT_HEAD(&s->guests, g, link);
    s->guest_count++;
    guest_wait(g);
}

static bool is_crowded(const struct server *s)
{
    struct stream_counts counts = stream_counts(s->stream);

    return counts.clients + s->guest_count >= counts.capacity + STREAM_SPARE_DESCRIPTORS;
}

/* Answers at once whoever there is no room for, with what can be known of its request by now: only
 * a request for a page must not be told 200. */
static void turn_away(struct server *s, int fd)
{
    ssize_t n = recv(fd, s->scratch, (size_t)s->config->head_max, MSG_DONTWAIT);
    const struct route *route = NULL;
    struct request request;

    if (n > 0 && request_parse(s->scratch, (size_t)n, (size_t)s->config->head_max, &request) == 200)
        route = route_find(&request);
    buffer_clear(&s->text);
    if (route && route->type)
        response_append_error(&s->text, 503, request.method == METHOD_HEAD);
    else
        stream_refuse(s->stream, &s->text);
    send(fd, s->text.data, s->text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void pause_listening(struct server *s)
{
    struct timeval pause = timeval_ms(ACCEPT_PAUSE_MS);

    log_warn("cannot accept connections: %s", strerror(errno));
    event_del(s->listener);
    event_add(s->resume_timer, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;

    (void)fd, (void)what;
    event_add(s->listener, NULL);
}

static int open_reserve(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int accept_connection(struct server *s)
{
    int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd == -1 && (errno == EMFILE || errno == ENFILE) && s->reserve != -1) {
        close(s->reserve);
        s->reserve = -1;
        fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    return fd;
}

/* Whether to go on accepting in this turn. */
static bool accept_one(struct server *s)
{
    int fd = accept_connection(s);
    bool more = fd != -1 || errno == EINTR || errno == ECONNABORTED;

    if (!more && errno != EAGAIN)
        pause_listening(s);
    if (fd != -1 && (s->reserve == -1 || is_crowded(s)))
        turn_away(s, fd);
    else if (fd != -1)
        guest_new(s, fd);
    if (s->reserve == -1)
        s->reserve = open_reserve();
    return more;
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++)
        if (!accept_one(arg))
            return;
}

/* --- The listening socket ----------------------------------------------------------------------*/

static int address_of(const char *path, struct sockaddr_un *address, struct err *err)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        return err_set(err, "socket %s: the path is longer than %zu bytes", path,
                       sizeof address->sun_path - 1);
    strcpy(address->sun_path, path);
    return 0;
}

static int connect_to(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), saved;
    int rc = fd == -1 ? -1 : connect(fd, (const struct sockaddr *)address, sizeof *address);

    saved = errno;
    if (fd != -1)
        close(fd);
    errno = saved;
    return rc;
}

/* A socket file that nobody listens on is what a killed daemon left. (connect() is refused on any
 * file, so its kind is asked too.) */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat st;

    return connect_to(address) == -1 && errno == ECONNREFUSED &&
           lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int bind_to(int fd, const struct sockaddr_un *address)
{
    return bind(fd, (const struct sockaddr *)address, sizeof *address);
}

static int bind_socket(int fd, const struct sockaddr_un *address, struct err *err)
{
    int rc = bind_to(fd, address);

    if (rc == -1 && errno == EADDRINUSE) {
        if (!is_stale(address))
            return err_set(err, "socket %s: somebody listens on it, or it is no socket",
                           address->sun_path);
        unlink(address->sun_path);
        rc = bind_to(fd, address);
    }
    return rc == 0 ? 0 : err_set(err, "socket %s: %s", address->sun_path, strerror(errno));
}

/* fchmod() before bind() so that the file is at no time open to more than SOCKET_MODE, chmod()
 * after it since the umask may have taken the group's part away. */
static int listen_on(struct server *s, const char *path, struct err *err)
{
    struct sockaddr_un address;

    if (address_of(path, &address, err) == -1)
        return -1;
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd == -1 || fchmod(s->fd, SOCKET_MODE) == -1)
        return err_set(err, "socket %s: %s", path, strerror(errno));
    if (bind_socket(s->fd, &address, err) == -1)
        return -1;
    s->bound = true;
    if (chmod(path, SOCKET_MODE) == -1 || listen(s->fd, BACKLOG) == -1)
        return err_set(err, "socket %s: %s", path, strerror(errno));
    return 0;
}

/* --- Life --------------------------------------------------------------------------------------*/

static void bury(struct guest_list *graveyard)
{
    struct guest *g;

    while ((g = LIST_FIRST(graveyard))) {
        LIST_REMOVE(g, link);
        free(g);
    }
}

static void on_burial(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;

    (void)fd, (void)what;
    bury(&s->graveyard);
}

static int start(struct server *s, struct err *err)
{
    if (listen_on(s, s->config->socket, err) == -1)
        return -1;
    s->reserve = open_reserve();
    s->scratch = malloc((size_t)s->config->head_max);
    s->burial = event_new(s->base, -1, 0, on_burial, s);
    s->resume_timer = evtimer_new(s->base, on_resume, s);
    s->listener = event_new(s->base, s->fd, EV_READ | EV_PERSIST, on_connection, s);
    if (!s->scratch || !s->burial || !s->resume_timer || !s->listener)
        return err_set(err, "out of memory");
    event_add(s->listener, NULL);
    return 0;
}

struct server *server_new(struct event_base *base, const struct config *config,
                          struct stream *stream, page_writer write_page, void *node,
                          struct err *err)
{
    struct server *s = calloc(1, sizeof *s);

    if (!s) {
        err_set(err, "out of memory");
        return NULL;
    }
    *s = (struct server){.base = base,
                         .config = config,
                         .stream = stream,
                         .write_page = write_page,
                         .node = node,
                         .fd = -1,
                         .reserve = -1};
    buffer_init(&s->text, PAGE_MAX);
    if (start(s, err) == 0)
        return s;
    server_free(s);
    return NULL;
}

static void free_event(struct event *event)
{
    if (event)
        event_free(event);
}

static void close_socket(struct server *s)
{
    if (s->bound)
        unlink(s->config->socket);
    if (s->fd != -1)
        close(s->fd);
}

void server_free(struct server *s)
{
    struct guest *g;

    if (!s)
        return;
    while ((g = LIST_FIRST(&s->guests)))
        guest_become(g, GUEST_GONE);
    bury(&s->graveyard);
    free_event(s->listener);
    free_event(s->resume_timer);
    free_event(s->burial);
    close_socket(s);
    if (s->reserve != -1)
        close(s->reserve);
    buffer_release(&s->text);
    free(s->scratch);
    free(s);
}
