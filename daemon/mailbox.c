#include "daemon/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int mailbox_init(struct mailbox *m, size_t size, mailbox_merge merge, struct err *err)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    void *slot = malloc(size);

    if (fd < 0 || !slot) {
        err_set(err, "mailbox: %s", strerror(errno));
        free(slot);
        if (fd != -1)
            close(fd);
        return -1;
    }
    *m = (struct mailbox){.merge = merge, .size = size, .slot = slot, .fd = fd};
    pthread_mutex_init(&m->mutex, NULL);
    return 0;
}

void mailbox_release(struct mailbox *m)
{
    if (!m->slot)
        return;
    pthread_mutex_destroy(&m->mutex);
    free(m->slot);
    close(m->fd);
    *m = (struct mailbox){0};
}

static void ring(int fd)
{
    uint64_t one = 1;
    ssize_t n = write(fd, &one, sizeof one);

    /* A full counter is one that is readable already. */
    assert(n == sizeof one || errno == EAGAIN);
    (void)n;
}

static void unring(int fd)
{
    uint64_t count;
    ssize_t n = read(fd, &count, sizeof count);

    assert(n == sizeof count || errno == EAGAIN);
    (void)n;
}

void mailbox_post(struct mailbox *m, const void *message)
{
    pthread_mutex_lock(&m->mutex);
    if (m->full) {
        assert(m->merge);
        m->merge(m->slot, message);
    } else {
        memcpy(m->slot, message, m->size);
        m->full = true;
        ring(m->fd);
    }
    pthread_mutex_unlock(&m->mutex);
}

bool mailbox_take(struct mailbox *m, void *message)
{
    bool taken;

    pthread_mutex_lock(&m->mutex);
    taken = m->full;
    if (taken) {
        memcpy(message, m->slot, m->size);
        m->full = false;
        if (!m->closed)
            unring(m->fd);
    }
    pthread_mutex_unlock(&m->mutex);
    return taken;
}

void mailbox_close(struct mailbox *m)
{
    pthread_mutex_lock(&m->mutex);
    m->closed = true;
    ring(m->fd);
    pthread_mutex_unlock(&m->mutex);
}

bool mailbox_wait(struct mailbox *m, int64_t timeout_ms)
{
    struct pollfd pfd = {.fd = m->fd, .events = POLLIN};
    bool closed;

    if (timeout_ms > INT_MAX)
        timeout_ms = INT_MAX;
    while (poll(&pfd, 1, (int)timeout_ms) < 0 && errno == EINTR)
        ;
    pthread_mutex_lock(&m->mutex);
    closed = m->closed;
    pthread_mutex_unlock(&m->mutex);
    return !closed;
}
