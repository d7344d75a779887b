#include "tests/faults/faults.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define PLANNED 77 /* the status of who ended itself */

static const char *const names[CALL_COUNT] = {"malloc", "open",   "read",    "write", "rename",
                                              "remove", "socket", "connect", "send",  "recv",
                                              "accept", "thread", "fsync"};

static atomic_int armed = CALL_COUNT; /* the kind that fails; CALL_COUNT: none */
static long nth;                      /* fails ... */
static bool ever_after;               /* ... and with it all that follow */
static atomic_long *calls; /* of that kind since it was armed; who tries and its parent share it */

static bool fails(enum faulty call, int error)
{
    long n;

    if (atomic_load(&armed) != (int)call)
        return false;
    n = atomic_fetch_add(calls, 1) + 1;
    if (n < nth || (n > nth && !ever_after))
        return false;
    errno = error;
    return true;
}

/* --- Memory: by the linker's --wrap ------------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return fails(CALL_MALLOC, ENOMEM) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails(CALL_MALLOC, ENOMEM) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails(CALL_MALLOC, ENOMEM) ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    return fails(CALL_MALLOC, ENOMEM) ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
    return fails(CALL_MALLOC, ENOMEM) ? NULL : __real_strdup(text);
}

/* A program that ends itself, since it has nothing left to serve, has said so before. */
_Noreturn void __wrap_abort(void);

_Noreturn void __wrap_abort(void)
{
    _exit(PLANNED);
}

static void starve_libraries(void)
{
    event_set_mem_functions(__wrap_malloc, __wrap_realloc, free);
    cJSON_InitHooks(&(cJSON_Hooks){__wrap_malloc, free});
}

/* --- The system: by coming before libc ----------------------------------------------------------
 * Each looks up the function whose place it takes, once. */

#define NEXT(name)                 \
    static __typeof__(&name) next; \
    if (!next)                     \
    *(void **)&next = dlsym(RTLD_NEXT, #name)

/* A socket's peer goes away, a disk is full. */
static int failure_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) ? EPIPE : ENOSPC;
}

/* A connection on which something failed is dead: or whoever goes on would wait for an answer. */
static bool breaks(enum faulty call, int fd, int error)
{
    if (!fails(call, error))
        return false;
    shutdown(fd, SHUT_RDWR);
    errno = error;
    return true;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list ap;
    NEXT(open);

    if (flags & O_CREAT) {
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    return fails(CALL_OPEN, EMFILE) ? -1 : next(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list ap;
    NEXT(openat);

    if (flags & O_CREAT) {
        va_start(ap, flags);
        mode = va_arg(ap, mode_t);
        va_end(ap);
    }
    return fails(CALL_OPEN, EMFILE) ? -1 : next(folder, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    NEXT(fopen);
    return fails(CALL_OPEN, EMFILE) ? NULL : next(path, mode);
}

DIR *fdopendir(int fd)
{
    NEXT(fdopendir);
    return fails(CALL_MALLOC, ENOMEM) ? NULL : next(fd);
}

ssize_t read(int fd, void *bytes, size_t n)
{
    NEXT(read);
    return breaks(CALL_READ, fd, EIO) ? -1 : next(fd, bytes, n);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    NEXT(write);
    return fd != STDERR_FILENO && breaks(CALL_WRITE, fd, failure_of(fd)) ? -1 : next(fd, bytes, n);
}

int fsync(int fd)
{
    NEXT(fsync);
    return fails(CALL_FSYNC, EIO) ? -1 : next(fd);
}

int rename(const char *old, const char *path)
{
    NEXT(rename);
    return fails(CALL_RENAME, EIO) ? -1 : next(old, path);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(mkdir);
    return fails(CALL_RENAME, ENOSPC) ? -1 : next(path, mode);
}

int chmod(const char *path, mode_t mode)
{
    NEXT(chmod);
    return fails(CALL_RENAME, EPERM) ? -1 : next(path, mode);
}

/* Not before it has read: fts_close() leaks of a walk that was not begun. And once: another walk is to
 * clean up. */
FTSENT *fts_read(FTS *walk)
{
    FTSENT *entry;
    NEXT(fts_read);

    entry = next(walk);
    return fails(CALL_READ, EIO) && atomic_load(calls) == nth ? NULL : entry;
}

int renameat(int from, const char *old, int to, const char *path)
{
    NEXT(renameat);
    return fails(CALL_RENAME, EIO) ? -1 : next(from, old, to, path);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    NEXT(mkdirat);
    return fails(CALL_RENAME, ENOSPC) ? -1 : next(folder, path, mode);
}

int symlinkat(const char *target, int folder, const char *path)
{
    NEXT(symlinkat);
    return fails(CALL_RENAME, ENOSPC) ? -1 : next(target, folder, path);
}

int remove(const char *path)
{
    NEXT(remove);
    return fails(CALL_REMOVE, EIO) ? -1 : next(path);
}

int socket(int domain, int type, int protocol)
{
    NEXT(socket);
    return fails(CALL_SOCKET, EMFILE) ? -1 : next(domain, type, protocol);
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
    NEXT(connect);
    return fails(CALL_CONNECT, ECONNREFUSED) ? -1 : next(fd, address, len);
}

ssize_t send(int fd, const void *bytes, size_t n, int flags)
{
    NEXT(send);
    return breaks(CALL_SEND, fd, EPIPE) ? -1 : next(fd, bytes, n, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    NEXT(sendmsg);
    return breaks(CALL_SEND, fd, EPIPE) ? -1 : next(fd, message, flags);
}

ssize_t recv(int fd, void *bytes, size_t n, int flags)
{
    NEXT(recv);
    return breaks(CALL_RECV, fd, ECONNRESET) ? -1 : next(fd, bytes, n, flags);
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *len, int flags)
{
    NEXT(accept4);
    return fails(CALL_ACCEPT, EMFILE) ? -1 : next(fd, address, len, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *arg)
{
    NEXT(pthread_create);
    return fails(CALL_THREAD, EAGAIN) ? EAGAIN : next(thread, attributes, run, arg);
}

void faults_over(void)
{
    atomic_store(&armed, CALL_COUNT);
}

/* --- One after the other ------------------------------------------------------------------------ */

void faults_broken(const char *file, int line, const char *condition, const char *fmt, ...)
{
    va_list ap;

    faults_over();
    fprintf(stderr, "%s:%d: broken: %s: ", file, line, condition);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static int count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;

    EXPECT(folder, "%s", strerror(errno));
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* In a process of its own, so that a crash is seen, and what it keeps is a leak (LeakSanitizer). */
_Noreturn static void starve(const struct work *work, enum faulty call)
{
    int descriptors = count_descriptors();

    atomic_store(&armed, (int)call);
    work->run();
    faults_over();
    EXPECT(count_descriptors() == descriptors, "%d descriptors, not %d", count_descriptors(),
           descriptors);
    exit(EXIT_SUCCESS);
}

/* EX_CONFIG: there was no memory for the configuration, and the program said so. */
static bool is_planned(int status)
{
    return status == EXIT_SUCCESS || status == PLANNED || status == EX_CONFIG;
}

static void expect_good_end(pid_t child)
{
    int status;

    EXPECT(waitpid(child, &status, 0) == child, "%s", strerror(errno));
    EXPECT(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
    EXPECT(is_planned(WEXITSTATUS(status)), "exit status %d", WEXITSTATUS(status));
}

/* False: there was nothing left to fail. */
static bool try_one(const struct work *work, enum faulty call, long n, bool after)
{
    pid_t child;

    if (work->prepare)
        work->prepare();
    fprintf(stderr, "%s: %s %ld%s\n", work->name, names[call], n, after ? " and all after it" : "");
    fflush(NULL);
    nth = n;
    ever_after = after;
    atomic_store(calls, 0);
    child = fork();
    if (child == 0)
        starve(work, call);
    EXPECT(child > 0, "%s", strerror(errno));
    expect_good_end(child);
    work->check();
    return atomic_load(calls) >= n;
}

/* Of a kind that is called less often than a step is wide some are tried all the same. */
#define AT_LEAST 4

static long step_for(const struct work *work, enum faulty call, long step)
{
    long most;

    (void)try_one(work, call, LONG_MAX, false); /* none fails: they are counted */
    most = atomic_load(calls) / AT_LEAST;
    if (step <= most)
        return step;
    return most > 1 ? most : 1;
}

static long try_all(const struct work *work, enum faulty call, long step, bool after)
{
    long n = 1, tried = 0;

    while (try_one(work, call, n, after)) {
        n += step;
        tried++;
    }
    return tried;
}

static bool is_wanted(enum faulty call, int argc, char **argv)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], names[call]) == 0)
            return true;
    return argc <= 2;
}

void faults_try(const struct work *work, int argc, char **argv)
{
    long step = argc > 1 ? atol(argv[1]) : 1, width, tried;

    EXPECT(step > 0, "the step is a number above 0");
    calls = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(calls != MAP_FAILED, "%s", strerror(errno));
    starve_libraries();
    for (enum faulty call = 0; call < CALL_COUNT; call++) {
        if (!is_wanted(call, argc, argv))
            continue;
        width = step_for(work, call, step);
        tried = try_all(work, call, width, false);
        if (tried > 0)
            tried += try_all(work, call, width, true);
        printf("%s: %ld faults of %s\n", work->name, tried, names[call]);
    }
}
