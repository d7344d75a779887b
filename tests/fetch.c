#include "tests/fetch.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/timestamp.h"

#define RETRY_AFTER_MS 1000 /* to twice that */

static void disconnect(struct fetch *f)
{
    if (f->fd != -1)
        close(f->fd);
    f->fd = -1;
}

static bool is_connected(struct fetch *f, const struct fetch_target *to, uint64_t key)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = key};

    if (f->fd != -1)
        return true;
    f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (f->fd == -1)
        return false;
    if (connect(f->fd, (const struct sockaddr *)to->address, sizeof *to->address) == -1) {
        disconnect(f);
        return false;
    }
    setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return epoll_ctl(to->epoll, EPOLL_CTL_ADD, f->fd, &event) == 0;
}

bool fetch_start(struct fetch *f, const struct fetch_target *to, uint64_t key, int64_t revision)
{
    char text[512];
    int len = snprintf(text, sizeof text,
                       "GET %s?rev=%" PRId64 " HTTP/1.1\r\nHost: herd\r\n"
                       "Accept-Encoding: gzip, dcz\r\nAvailable-Dictionary: %s\r\n\r\n",
                       to->path, revision, to->dictionary);

    f->wanted = revision;
    if (f->state == FETCH_HEAD || f->state == FETCH_BODY)
        return true; /* next */
    f->state = FETCH_HEAD;
    f->asked = revision;
    f->len = 0;
    return is_connected(f, to, key) && send(f->fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

static int64_t end(struct fetch *f)
{
    if (strstr(f->head, "\r\nConnection: close"))
        disconnect(f);
    if (f->status == 200) {
        f->state = FETCH_IDLE;
        return f->asked;
    }
    f->state = FETCH_LATER;
    f->due = monotonic_ms() + RETRY_AFTER_MS + random() % RETRY_AFTER_MS;
    return f->status == 503 ? 0 : -1;
}

static int64_t take_body(struct fetch *f, int64_t n)
{
    f->left -= n;
    return f->left == 0 ? end(f) : f->left > 0 ? 0 : -1;
}

static int64_t take_head(struct fetch *f, size_t n)
{
    const char *length;
    char *body;

    f->len += n;
    f->head[f->len] = '\0';
    body = strstr(f->head, "\r\n\r\n");
    if (!body)
        return f->len < sizeof f->head - 1 ? 0 : -1;
    length = strstr(f->head, "\r\nContent-Length: ");
    if (!length || sscanf(f->head, "HTTP/1.1 %3d", &f->status) != 1)
        return -1;
    f->left = strtoll(strchr(length, ':') + 1, NULL, 10);
    f->state = FETCH_BODY;
    body += 4;
    return take_body(f, f->head + f->len - body);
}

/* The body is counted and left in the kernel: to copy it is not what a benchmark of a server wants
 * to spend its time on. */
static ssize_t receive(struct fetch *f)
{
    if (f->state == FETCH_BODY)
        return recv(f->fd, NULL, (size_t)f->left, MSG_TRUNC | MSG_DONTWAIT);
    return recv(f->fd, f->head + f->len, sizeof f->head - 1 - f->len, MSG_DONTWAIT);
}

int64_t fetch_read(struct fetch *f)
{
    ssize_t n = receive(f);

    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n > 0)
        return f->state == FETCH_BODY ? take_body(f, n) : take_head(f, (size_t)n);
    disconnect(f);
    return f->state == FETCH_IDLE || f->state == FETCH_LATER ? 0 : -1;
}
