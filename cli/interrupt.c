#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "lib/timestamp.h"

int interrupt_open(struct err *err)
{
    sigset_t signals;
    int fd;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    fd = signalfd(-1, &signals, SFD_CLOEXEC);
    return fd < 0 ? err_set(err, "signalfd: %s", strerror(errno)) : fd;
}

bool interrupt_wait(int fd, int64_t ms)
{
    struct pollfd wanted = {fd, POLLIN, 0};
    int64_t until = monotonic_ms() + ms;

    do {
        if (poll(&wanted, 1, (int)ms) == 1)
            return true;
        ms = until - monotonic_ms(); /* another signal may have cut it short */
    } while (ms > 0);
    return false;
}
