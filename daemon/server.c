/*
 * server: a guest's way from the listener to its answer.
 *
 *   listener.c -> GUEST_HEAD -> guest_route -> stream.c, as a client
 *                                          \-> GUEST_ANSWER -> GUEST_LINGER -> GUEST_GONE
 *
 * A head nearly always comes in one piece and is parsed where it was received, in a buffer that all
 * guests share; only a head in pieces gets memory of its own. Each state has `head_deadline` to be
 * left. After its answer a guest lingers: were the socket closed while the peer still sends, the
 * peer would get a broken pipe, and a proxy would drop our answer for an error of its own.
 *
 * Who comes when the stream is at its capacity and its spare, or when there is no descriptor, is
 * turned away, but with an answer: the stream's refusal, since a browser that gets none, or an
 * error, does not come back.
 */
#include "daemon/server.h"

#include <assert.h>
#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/graveyard.h"
#include "daemon/listener.h"
#include "daemon/loop.h"
#include "daemon/request.h"
#include "daemon/response.h"
#include "lib/http.h"
#include "lib/timestamp.h"
#include "lib/tokens.h"

#define LINGER_MAX (256 * 1024)  /* bytes of a request that are dropped after its answer */
#define PAGE_MAX   (1024 * 1024) /* bytes of a page */

#define TOKENS_LOOK_MS 1000 /* between two looks at the token file, for those that are in */

enum guest_state {
    GUEST_HEAD,   /* its request is not complete */
    GUEST_ANSWER, /* its answer is not sent whole */
    GUEST_LINGER, /* nothing more to send; waits for the peer to close */
    GUEST_GONE,   /* in the graveyard */
};

struct guest {
    struct grave grave;
    struct event event;
    struct server *server;
    LIST_ENTRY(guest) link;
    int fd; /* -1: the stream's now */
    enum guest_state state;
    int64_t deadline;   /* of its state, monotonic_ms() */
    struct buffer head; /* its first pieces; empty when it comes in one */
    struct buffer answer;
    size_t sent;    /* bytes of the answer */
    size_t ignored; /* bytes dropped while it lingers */
};

struct server {
    struct event_base *base;
    const struct config *config;
    struct stream *stream;
    page_writer write_page;
    void *node;
    struct listener *listener;
    char *scratch;      /* head_max bytes; what is received goes here first */
    struct buffer text; /* a page's body, a token, or a refusal; reused */
    struct token_file staff_tokens;
    unsigned staff_changes; /* of that file, when the staff's clients were last judged by it */
    struct event *tokens_timer;
    LIST_HEAD(guest_list, guest) guests;
    int64_t guest_count;
    struct graveyard graveyard;
};

/* --- Routes ----------------------------------------------------------------------------------- */

struct route {
    const char *path;
    const char *type; /* NULL: the stream */
    enum page page;
    enum audience audience; /* of who comes without a token */
};

/* The last two can be had on this socket alone, by this host's administrator. */
static const struct route routes[] = {
    {"/api/scoreboard/stream", NULL, 0, AUDIENCE_PUBLIC},
    {"/api/scoreboard/health", HTTP_JSON, PAGE_HEALTH, AUDIENCE_PUBLIC},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", PAGE_METRICS, AUDIENCE_STAFF},
    {"/status", HTTP_JSON, PAGE_STATUS, AUDIENCE_STAFF},
};

static const struct route *route_find(const struct request_head *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (strlen(routes[i].path) == request->path_len &&
            memcmp(routes[i].path, request->path, request->path_len) == 0)
            return &routes[i];
    return NULL;
}

/* --- Who is one of the staff ------------------------------------------------------------------ */

static void judge_tokens(struct server *s)
{
    if (s->staff_changes != s->staff_tokens.changes)
        stream_dismiss(s->stream, AUDIENCE_STAFF);
    s->staff_changes = s->staff_tokens.changes;
}

/* Before anybody has come with a token there is nobody to judge. */
static void on_tokens_turn(evutil_socket_t fd, short what, void *arg)
{
    struct server *s = arg;

    (void)fd, (void)what;
    if (s->staff_tokens.changes > 0)
        token_file_look(&s->staff_tokens);
    judge_tokens(s);
}

/* False: there is a token, and it is none of the staff's. Authorization of another kind is the web
 * server's affair. */
static bool identify(struct server *s, const struct request_head *request, enum audience *audience)
{
    const char *token;

    if (!request->authorization)
        return true;
    buffer_clear(&s->text);
    buffer_append(&s->text, request->authorization, request->authorization_len);
    buffer_append_char(&s->text, '\0');
    token = buffer_failed(&s->text) ? "" : tokens_bearer(s->text.data);
    if (!token)
        return true;
    *audience = AUDIENCE_STAFF;
    if (!token_file_admits(&s->staff_tokens, token))
        return false;
    judge_tokens(s);
    return true;
}

/* --- A guest's states ------------------------------------------------------------------------- */

static void on_guest(evutil_socket_t fd, short what, void *arg);

/* Once, until the state's deadline: the callback waits again if the guest is still here. */
static void guest_wait(struct guest *g)
{
    struct timeval left = loop_timeval(g->deadline - monotonic_ms());
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
    s->guest_count--;
    graveyard_bury(&s->graveyard, &g->grave);
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

/* --- Answers ---------------------------------------------------------------------------------- */

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

static void guest_answer_page(struct guest *g, const struct route *route, enum audience audience,
                              const struct request_head *request)
{
    struct server *s = g->server;
    bool head_only = request->method == METHOD_HEAD;
    char cors[CORS_HEADERS_MAX] = "";
    int status;

    buffer_clear(&s->text);
    status = s->write_page(s->node, route->page, audience, &s->text);
    if (buffer_failed(&s->text)) {
        guest_answer_error(g, 503, head_only);
        return;
    }
    if (route->page == PAGE_HEALTH)
        response_cors(cors, s->config->cors_origins, request);
    response_append_page_head(&g->answer, status, route->type, s->text.len, cors);
    if (!head_only)
        buffer_append(&g->answer, s->text.data, s->text.len);
    guest_answer(g);
}

/* Passes the descriptor on, or says when to come back. */
static void guest_join_stream(struct guest *g, const struct request_head *request,
                              enum audience audience)
{
    struct server *s = g->server;

    if (stream_adopt(s->stream, g->fd, request, audience)) {
        g->fd = -1;
        guest_become(g, GUEST_GONE);
        return;
    }
    stream_refuse(s->stream, &g->answer, request);
    guest_answer(g);
}

static void guest_answer_stream_head(struct guest *g, const struct request_head *request)
{
    char cors[CORS_HEADERS_MAX];

    response_append_stream_head(&g->answer,
                                response_cors(cors, g->server->config->cors_origins, request));
    guest_answer(g);
}

static void guest_route(struct guest *g, const struct request_head *request)
{
    const struct route *route = route_find(request);
    enum audience audience = route ? route->audience : AUDIENCE_PUBLIC;
    bool head_only = request->method == METHOD_HEAD;

    if (!route)
        guest_answer_error(g, 404, head_only);
    else if (request->method == METHOD_OTHER)
        guest_answer_error(g, 405, false);
    else if (!identify(g->server, request, &audience))
        guest_answer_error(g, 401, head_only);
    else if (route->type)
        guest_answer_page(g, route, audience, request);
    else if (head_only)
        guest_answer_stream_head(g, request);
    else
        guest_join_stream(g, request, audience);
}

/* --- What a guest says ------------------------------------------------------------------------ */

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
    struct request_head request;
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

/* --- Who comes -------------------------------------------------------------------------------- */

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
    struct request_head request;

    if (n > 0 && request_parse(s->scratch, (size_t)n, (size_t)s->config->head_max, &request) == 200)
        route = route_find(&request);
    buffer_clear(&s->text);
    if (route && route->type)
        response_append_error(&s->text, 503, request.method == METHOD_HEAD);
    else
        stream_refuse(s->stream, &s->text, route ? &request : NULL);
    send(fd, s->text.data, s->text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static void on_connection(void *arg, int fd, bool last)
{
    struct server *s = arg;

    if (last || is_crowded(s))
        turn_away(s, fd);
    else
        guest_new(s, fd);
}

/* --- Life ------------------------------------------------------------------------------------- */

static int start(struct server *s, struct err *err)
{
    struct timeval turn = loop_timeval(TOKENS_LOOK_MS);

    token_file_init(&s->staff_tokens, s->config->staff_token_file,
                    "nobody sees the staff's stream (scoreboardctl token --staff makes a token)");
    s->tokens_timer = event_new(s->base, -1, EV_PERSIST, on_tokens_turn, s);
    if (!s->tokens_timer || event_add(s->tokens_timer, &turn) == -1)
        return err_set(err, "out of memory");
    s->scratch = malloc((size_t)s->config->head_max);
    if (!s->scratch || graveyard_init(&s->graveyard, s->base) == -1)
        return err_set(err, "out of memory");
    s->listener = listener_new(s->base, s->config->socket, on_connection, s, err);
    return s->listener ? 0 : -1;
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
                         .text = {.max = PAGE_MAX}};
    if (start(s, err) == 0)
        return s;
    server_free(s);
    return NULL;
}

void server_free(struct server *s)
{
    struct guest *g;

    if (!s)
        return;
    listener_free(s->listener);
    while ((g = LIST_FIRST(&s->guests)))
        guest_become(g, GUEST_GONE);
    graveyard_release(&s->graveyard);
    loop_event_free(s->tokens_timer);
    token_file_release(&s->staff_tokens);
    buffer_release(&s->text);
    free(s->scratch);
    free(s);
}
