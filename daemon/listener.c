#include "daemon/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/loop.h"
#include "lib/log.h"

#define SOCKET_MODE      0660
#define BACKLOG          65535 /* the kernel lowers it to net.core.somaxconn */
#define ACCEPTS_PER_TURN 256   /* then those who are in get their turn */
#define PAUSE_MS         250   /* after a failure that the reserve does not help against */

struct listener {
    const char *path;
    listener_callback callback;
    void *arg;
    int fd;
    bool bound;   /* the socket file is ours to remove */
    int reserve;  /* a descriptor to give up when there is no other; -1: given up */
    bool failing; /* it is logged once */
    struct event *readable, *resume_timer;
};

/* --- Accepting -------------------------------------------------------------------------------- */

static void pause_listening(struct listener *l)
{
    struct timeval pause = loop_timeval(PAUSE_MS);

    if (!l->failing)
        log_warn("cannot accept connections: %s", strerror(errno));
    l->failing = true;
    event_del(l->readable);
    event_add(l->resume_timer, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct listener *l = arg;

    (void)fd, (void)what;
    event_add(l->readable, NULL);
}

static void keep_reserve(struct listener *l)
{
    if (l->reserve == -1)
        l->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* One that was not to be had before may be now: then this connection is not the last. */
static int accept_connection(struct listener *l)
{
    int fd;

    keep_reserve(l);
    fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd == -1 && (errno == EMFILE || errno == ENFILE) && l->reserve != -1) {
        close(l->reserve);
        l->reserve = -1;
        fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
    return fd;
}

/* Whether to go on accepting in this turn. */
static bool accept_one(struct listener *l)
{
    int fd = accept_connection(l);
    bool more = fd != -1 || errno == EINTR || errno == ECONNABORTED;

    if (!more && errno != EAGAIN)
        pause_listening(l);
    if (fd != -1) {
        if (l->failing)
            log_info("accepts connections again");
        l->failing = false;
        l->callback(l->arg, fd, l->reserve == -1);
    }
    keep_reserve(l);
    return more;
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++)
        if (!accept_one(arg))
            return;
}

/* --- The listening socket --------------------------------------------------------------------- */

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
static int listen_on(struct listener *l, const char *path, struct err *err)
{
    struct sockaddr_un address;

    if (address_of(path, &address, err) == -1)
        return -1;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd == -1 || fchmod(l->fd, SOCKET_MODE) == -1)
        return err_set(err, "socket %s: %s", path, strerror(errno));
    if (bind_socket(l->fd, &address, err) == -1)
        return -1;
    l->bound = true;
    if (chmod(path, SOCKET_MODE) == -1 || listen(l->fd, BACKLOG) == -1)
        return err_set(err, "socket %s: %s", path, strerror(errno));
    return 0;
}

/* --- Life ------------------------------------------------------------------------------------- */

static int start(struct listener *l, struct event_base *base, struct err *err)
{
    if (listen_on(l, l->path, err) == -1)
        return -1;
    keep_reserve(l);
    l->resume_timer = evtimer_new(base, on_resume, l);
    l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST, on_connection, l);
    if (!l->resume_timer || !l->readable || event_add(l->readable, NULL) == -1)
        return err_set(err, "out of memory");
    return 0;
}

struct listener *listener_new(struct event_base *base, const char *path, listener_callback callback,
                              void *arg, struct err *err)
{
    struct listener *l = calloc(1, sizeof *l);

    if (!l) {
        err_set(err, "out of memory");
        return NULL;
    }
    *l = (struct listener){.path = path, .callback = callback, .arg = arg, .fd = -1, .reserve = -1};
    if (start(l, base, err) == 0)
        return l;
    listener_free(l);
    return NULL;
}

void listener_free(struct listener *l)
{
    if (!l)
        return;
    loop_event_free(l->readable);
    loop_event_free(l->resume_timer);
    if (l->bound)
        unlink(l->path);
    if (l->fd != -1)
        close(l->fd);
    if (l->reserve != -1)
        close(l->reserve);
    free(l);
}
