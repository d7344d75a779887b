#include "lib/redis.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "lib/redis_reader.h"
#include "lib/sentinel.h"
#include "lib/timestamp.h"

/* --- The password file ------------------------------------------------------------------------ */

static int first_line(const char *path, char **line, struct err *err)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    ssize_t len;
    int rc = 0;

    if (!file)
        return err_set(err, "password file %s: %s", path, strerror(errno));
    len = getline(&text, &size, file); /* allocates even when it reads nothing */
    if (ferror(file))
        rc = err_set(err, "password file %s: %s", path, strerror(errno));
    else if (len <= 0 || strcspn(text, "\r\n") == 0)
        rc = err_set(err, "password file %s: its first line is empty", path);
    fclose(file);
    if (rc < 0) {
        free(text);
        return -1;
    }
    text[strcspn(text, "\r\n")] = '\0';
    *line = text;
    return 0;
}

int redis_password(const char *path, char **password, struct err *err)
{
    char *none;

    if (*path != '\0')
        return first_line(path, password, err);
    none = strdup("");
    if (!none)
        return err_set(err, "out of memory");
    *password = none;
    return 0;
}

/* --- Calls ------------------------------------------------------------------------------------ */

static void set_context_error(struct err *err, const redisContext *redis)
{
    if (redis->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
        err_set(err, "no answer within the deadline");
    else
        err_set(err, "%s", redis->errstr);
}

#define CLUSTER ": it is a Redis Cluster, whose keys lie apart; point [redis] at a single Redis"

/* What to do about the refusals that an operator meets; a reply begins with its code. */
static const char *advice_on(const char *reply)
{
    static const struct {
        const char *code, *advice;
    } refusals[] = {
        {"OOM ", ": raise its maxmemory"},
        {"READONLY ", ": it is a replica, point [redis] at its primary"},
        {"MISCONF ", ": see its log, it cannot save its data"},
        {"CROSSSLOT ", CLUSTER},
        {"MOVED ", CLUSTER},
        {"CLUSTERDOWN ", CLUSTER},
    };

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strncmp(reply, refusals[i].code, strlen(refusals[i].code)) == 0)
            return refusals[i].advice;
    return "";
}

/* Turns an error reply, and no reply at all, into NULL and a sentence. */
static redisReply *checked(redisContext *redis, redisReply *reply, struct err *err)
{
    if (!reply) {
        set_context_error(err, redis);
        return NULL;
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        err_set(err, "%s%s", reply->str, advice_on(reply->str));
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

redisReply *redis_call(redisContext *redis, struct err *err, const char *format, ...)
{
    redisReply *reply;
    va_list ap;

    va_start(ap, format);
    reply = checked(redis, redisvCommand(redis, format, ap), err);
    va_end(ap);
    return reply;
}

int redis_do(redisContext *redis, struct err *err, const char *format, ...)
{
    redisReply *reply;
    va_list ap;

    va_start(ap, format);
    reply = checked(redis, redisvCommand(redis, format, ap), err);
    va_end(ap);
    freeReplyObject(reply);
    return reply ? 0 : -1;
}

/* --- A command of many megabytes ----------------------------------------------------------------
 * hiredis would copy it twice into memory that is fresh from the kernel, which costs seven times
 * what sending it does. So it goes to the socket from where it is, as RESP has it:
 *
 *     *<number of arguments> CRLF, and for each: $<its length> CRLF <its bytes> CRLF  */

struct wire {
    struct iovec parts[2 * REDIS_ARGUMENTS_MAX + 1]; /* a frame, an argument, ..., the last CRLF */
    int nparts;
    char frames[REDIS_ARGUMENTS_MAX][48];
};

static void add_part(struct wire *w, const char *bytes, size_t len)
{
    w->parts[w->nparts++] = (struct iovec){.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
}

static void compose(struct wire *w, int argc, const char *const *argv, const size_t *lengths)
{
    assert(argc <= REDIS_ARGUMENTS_MAX);
    w->nparts = 0;
    for (int i = 0; i < argc; i++) {
        char *frame = w->frames[i];
        int len = i == 0 ? snprintf(frame, sizeof w->frames[i], "*%d\r\n$%zu\r\n", argc, lengths[i])
                         : snprintf(frame, sizeof w->frames[i], "\r\n$%zu\r\n", lengths[i]);

        add_part(w, frame, (size_t)len);
        add_part(w, argv[i], lengths[i]);
    }
    add_part(w, "\r\n", 2);
}

/* Moves the parts' beginning behind what was sent; *part and *n say what is left. */
static void skip(struct iovec **part, int *n, size_t sent)
{
    while (*n > 0 && sent >= (*part)->iov_len) {
        sent -= (*part)->iov_len;
        (*part)++;
        (*n)--;
    }
    if (*n > 0) {
        (*part)->iov_base = (char *)(*part)->iov_base + sent;
        (*part)->iov_len -= sent;
    }
}

static int send_parts(int fd, struct iovec *part, int n)
{
    while (n > 0) {
        struct msghdr message = {.msg_iov = part, .msg_iovlen = (size_t)n};
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return -1;
        skip(&part, &n, (size_t)sent);
    }
    return 0;
}

redisReply *redis_call_argv(redisContext *redis, struct err *err, int argc, const char *const *argv,
                            const size_t *lengths)
{
    void *reply = NULL;
    struct wire wire;

    compose(&wire, argc, argv, lengths);
    if (send_parts(redis->fd, wire.parts, wire.nparts) < 0) {
        redis->err = REDIS_ERR_IO; /* as hiredis marks a context that is dead */
        snprintf(redis->errstr, sizeof redis->errstr, "%s", strerror(errno));
    } else if (redisGetReply(redis, &reply) != REDIS_OK) {
        reply = NULL;
    }
    return checked(redis, reply, err);
}

/* --- Opening ---------------------------------------------------------------------------------- */

static int authenticate(redisContext *redis, const struct config_redis *config, struct err *err)
{
    char *password = NULL;
    int rc;

    if (redis_password(config->password_file, &password, err) < 0)
        return -1;
    if (config->user[0] != '\0')
        rc = redis_do(redis, err, "AUTH %s %s", config->user, password);
    else if (*password != '\0')
        rc = redis_do(redis, err, "AUTH %s", password);
    else
        rc = 0;
    free(password);
    return rc < 0 ? err_prefix(err, "AUTH") : 0;
}

static int select_database(redisContext *redis, const struct config_redis *config, struct err *err)
{
    if (config->database == 0)
        return 0;
    if (redis_do(redis, err, "SELECT %lld", (long long)config->database) < 0)
        return err_prefix(err, "SELECT");
    return 0;
}

static struct timeval timeval_of(int64_t ms)
{
    return (struct timeval){ms / 1000, ms % 1000 * 1000};
}

/* Takes what hiredis has made of connecting: `redis`, or NULL and a sentence. */
static redisContext *connected(redisContext *redis, struct timeval deadline, struct err *err)
{
    if (!redis) {
        err_set(err, "out of memory");
        return NULL;
    }
    redis_reader_bound(redis->reader);
    if (redis->err)
        err_set(err, "connect: %s", redis->errstr);
    else if (fcntl(redis->fd, F_SETFD, FD_CLOEXEC) < 0 ||
             redisSetTimeout(redis, deadline) != REDIS_OK)
        err_set(err, "set deadline: %s", redis->errstr);
    else
        return redis;
    redisFree(redis);
    return NULL;
}

static redisContext *connect_to(const char *host, int port, struct timeval deadline,
                                struct err *err)
{
    return connected(redisConnectWithTimeout(host, port, deadline), deadline, err);
}

/* Says who we are. NULL on failure; then the connection is closed. */
static redisContext *introduced(redisContext *redis, const struct config_redis *config,
                                struct err *err)
{
    if (redis && authenticate(redis, config, err) == 0 && select_database(redis, config, err) == 0)
        return redis;
    redisFree(redis);
    return NULL;
}

static redisContext *open_socket(const struct config_redis *config, struct timeval deadline,
                                 struct err *err)
{
    redisContext *redis =
        connected(redisConnectUnixWithTimeout(config->socket, deadline), deadline, err);

    redis = introduced(redis, config, err);
    if (!redis)
        err_prefix(err, "%s", config->socket);
    return redis;
}

static redisContext *open_host(const char *host, int port, const struct config_redis *config,
                               struct timeval deadline, struct err *err)
{
    redisContext *redis = introduced(connect_to(host, port, deadline, err), config, err);

    if (!redis)
        err_prefix(err, "%s:%d", host, port);
    return redis;
}

/* --- By Sentinels -------------------------------------------------------------------------------
 * They are asked in turn: each may be away, or may not have heard of a failover yet. So what one has
 * named must say itself that it is a primary.
 *
 * Several that are silent must not cost several deadlines: when the time is over no further one is
 * asked. So that none is in the way of the others for ever, each attempt begins with any of them. */

static int authenticate_to_sentinel(redisContext *sentinel, const struct config_redis *config,
                                    struct err *err)
{
    char *password = NULL;
    int rc = 0;

    if (redis_password(config->sentinel_password_file, &password, err) < 0)
        return -1;
    if (*password != '\0')
        rc = redis_do(sentinel, err, "AUTH %s", password);
    free(password);
    return rc < 0 ? err_prefix(err, "AUTH") : 0;
}

static bool is_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING;
}

static int ask_primary(redisContext *sentinel, const char *name, struct redis_address *primary,
                       struct err *err)
{
    redisReply *reply = redis_call(sentinel, err, "SENTINEL get-master-addr-by-name %s", name);
    int rc = 0;

    if (!reply)
        return -1;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || !is_text(reply->element[0]) ||
        !is_text(reply->element[1]) || !redis_port_parse(reply->element[1]->str, &primary->port))
        rc = err_set(err, "knows no master \"%s\"", name);
    else
        snprintf(primary->host, sizeof primary->host, "%s", reply->element[0]->str);
    freeReplyObject(reply);
    return rc;
}

static int ask_sentinel(const struct redis_address *sentinel, const struct config_redis *config,
                        struct timeval deadline, struct redis_address *primary, struct err *err)
{
    redisContext *connection = connect_to(sentinel->host, sentinel->port, deadline, err);
    int rc = -1;

    if (connection && authenticate_to_sentinel(connection, config, err) == 0)
        rc = ask_primary(connection, config->master_name, primary, err);
    redisFree(connection);
    return rc < 0 ? err_prefix(err, "sentinel %s:%d", sentinel->host, sentinel->port) : 0;
}

static int expect_primary(redisContext *redis, const struct redis_address *address, struct err *err)
{
    redisReply *reply = redis_call(redis, err, "ROLE");
    int rc = 0;

    if (!reply)
        return err_prefix(err, "%s:%d: ROLE", address->host, address->port);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        strcmp(reply->element[0]->str, "master") != 0)
        rc = err_set(err, "%s:%d: it is no primary (any more)", address->host, address->port);
    freeReplyObject(reply);
    return rc;
}

static redisContext *open_by(const struct redis_address *sentinel,
                             const struct config_redis *config, struct timeval deadline,
                             struct err *err)
{
    struct redis_address primary;
    redisContext *redis;

    if (ask_sentinel(sentinel, config, deadline, &primary, err) < 0)
        return NULL;
    redis = open_host(primary.host, primary.port, config, deadline, err);
    if (redis && expect_primary(redis, &primary, err) == 0)
        return redis;
    redisFree(redis);
    return NULL;
}

/* The next of the line, over its end to its beginning. */
static int next_in_turn(const char **line, const char *all, struct redis_address *sentinel,
                        struct err *err)
{
    int rc = sentinel_next(line, sentinel, err);

    if (rc != 1)
        return rc;
    *line = all;
    return sentinel_next(line, sentinel, err);
}

static int count_sentinels(const char *line)
{
    struct redis_address sentinel;
    struct err err;
    int n = 0;

    while (sentinel_next(&line, &sentinel, &err) == 0)
        n++;
    return n;
}

/* The error is the last one's. */
static redisContext *open_by_sentinels(const struct config_redis *config, int64_t deadline_ms,
                                       struct err *err)
{
    const char *line = config->sentinels;
    int count = count_sentinels(line);
    int64_t begin = monotonic_ms();
    struct redis_address sentinel;
    redisContext *redis = NULL;

    err_set(err, "[redis] sentinels names none");
    for (int64_t skip = count > 0 ? begin % count : 0; skip > 0; skip--)
        if (next_in_turn(&line, config->sentinels, &sentinel, err) != 0)
            return NULL;
    for (int i = 0; !redis && i < count; i++) {
        if (i > 0 && monotonic_ms() - begin >= deadline_ms)
            break;
        if (next_in_turn(&line, config->sentinels, &sentinel, err) == 0)
            redis = open_by(&sentinel, config, timeval_of(deadline_ms), err);
    }
    return redis;
}

redisContext *redis_open(const struct config_redis *config, int64_t deadline_ms, struct err *err)
{
    struct timeval deadline = timeval_of(deadline_ms);

    if (config->sentinels[0] != '\0')
        return open_by_sentinels(config, deadline_ms, err);
    if (config->socket[0] != '\0')
        return open_socket(config, deadline, err);
    return open_host(config->host, (int)config->port, config, deadline, err);
}

bool redis_lives(const redisContext *redis)
{
    struct pollfd said = {.fd = redis->fd, .events = POLLIN}; /* nobody has asked it anything */

    return redis->err == 0 && poll(&said, 1, 0) == 0;
}

void redis_eviction_policy(redisContext *redis, char policy[REDIS_POLICY_MAX])
{
    struct err untold;
    redisReply *reply = redis_call(redis, &untold, "CONFIG GET maxmemory-policy");

    policy[0] = '\0';
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
        reply->element[1]->type == REDIS_REPLY_STRING)
        snprintf(policy, REDIS_POLICY_MAX, "%s", reply->element[1]->str);
    freeReplyObject(reply);
}

bool redis_policy_keeps(const char *policy)
{
    return strcmp(policy, "noeviction") == 0 || strncmp(policy, "volatile-", 9) == 0;
}
