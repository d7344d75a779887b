/* What needs no Redis: failures, deadlines, and the dialogue with one that a script plays. */
#include "lib/redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

#include "lib/timestamp.h"
#include "tests/unit/listener.h"
#include "tests/unit/scratch.h"

/* Strings that the struct does not own: never config_release()d. */
static struct config_redis at_socket(const char *path)
{
    static char empty[] = "", socket[PATH_MAX];

    snprintf(socket, sizeof socket, "%s", path);
    return (struct config_redis){
        .socket = socket, .host = empty, .sentinels = empty, .user = empty, .password_file = empty};
}

static void assert_refused(const struct config_redis *config, int64_t deadline_ms, const char *why)
{
    struct err err;

    assert_null(redis_open(config, deadline_ms, &err));
    if (!strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void nobody_listens(void **state)
{
    struct config_redis config = at_socket(scratch_path("nobody.sock"));
    char host[] = "127.0.0.1", none[] = "";

    (void)state;
    assert_refused(&config, 1000, "nobody.sock: connect: No such file or directory");
    config.socket = none;
    config.host = host;
    config.port = 1;
    assert_refused(&config, 1000, "127.0.0.1:1: connect: Connection refused");
}

static void a_silent_redis_costs_the_deadline(void **state)
{
    int fd = listen_silently(scratch_path("silent.sock"));
    struct config_redis config = at_socket(scratch_path("silent.sock"));
    int64_t start = monotonic_ms();

    (void)state;
    config.database = 1; /* so that it must say something */
    assert_refused(&config, 100, "SELECT: no answer within the deadline");
    assert_in_range(monotonic_ms() - start, 90, 10000);
    close(fd);
}

static int listen_on_loopback(char address[32])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(address, 32, "127.0.0.1:%d", ntohs(at.sin_port));
    return fd;
}

static void many_silent_sentinels_cost_little_more_than_the_deadline(void **state)
{
    struct config_redis config = at_socket("");
    char address[32], sentinels[512] = "", name[] = "boards";
    int fd = listen_on_loopback(address);
    int64_t start = monotonic_ms();

    (void)state;
    for (int i = 0; i < 12; i++) {
        strcat(sentinels, address);
        strcat(sentinels, " ");
    }
    config.sentinels = sentinels;
    config.master_name = name;
    config.sentinel_password_file = config.password_file;
    assert_refused(&config, 200, "no answer within the deadline");
    assert_in_range(monotonic_ms() - start, 190, 2000); /* not twelve times as long */
    close(fd);
}

/* --- Password files --------------------------------------------------------------------------- */

static void assert_password(const char *content, const char *expected)
{
    char *password = NULL;
    struct err err;

    if (redis_password(scratch_write("password", content), &password, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(password, expected);
    free(password);
}

static void the_password_is_the_first_line(void **state)
{
    (void)state;
    assert_password("secret\n", "secret");
    assert_password("secret", "secret");
    assert_password("secret\r\n", "secret");
    assert_password(" se cret \nnot this\n", " se cret ");
}

static void no_file_is_no_password(void **state)
{
    char *password = NULL;
    struct err err;

    (void)state;
    assert_int_equal(redis_password("", &password, &err), 0);
    assert_string_equal(password, "");
    free(password);
}

static void assert_no_password(const char *path, const char *why)
{
    char *password = NULL;
    struct err err;

    assert_int_equal(redis_password(path, &password, &err), -1);
    assert_null(password);
    if (!strstr(err.text, path) || !strstr(err.text, why))
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void a_password_file_that_is_no_use_is_named(void **state)
{
    (void)state;
    assert_no_password(scratch_path("nowhere"), "No such file or directory");
    assert_no_password(scratch_dir, "Is a directory");
    assert_no_password(scratch_write("empty", ""), "its first line is empty");
    assert_no_password(scratch_write("blank", "\nsecret\n"), "its first line is empty");
}

/* --- A played Redis --------------------------------------------------------------------------- */

#define LARGE ((size_t)4 << 20) /* more than a socket holds */

struct play {
    int listener;
    const char *answers; /* one line for each thing that is asked */
    size_t listens_for;  /* so many bytes before the first answer */
};

static char heard[LARGE + 1024]; /* until the other side closes */

static void answer(struct play *p, int fd)
{
    size_t len = strcspn(p->answers, "\n");

    if (p->answers[len] == '\n')
        len++;
    if (write(fd, p->answers, len) == (ssize_t)len)
        p->answers += len;
}

static void *play(void *argument)
{
    struct play *p = argument;
    int fd = accept(p->listener, NULL, NULL);
    size_t len = 0;
    ssize_t n;

    while ((n = read(fd, heard + len, sizeof heard - 1 - len)) > 0) {
        len += (size_t)n;
        if (len >= p->listens_for)
            answer(p, fd);
    }
    heard[len] = '\0';
    close(fd);
    return NULL;
}

static pthread_t start_play(struct play *p, const char *answers)
{
    pthread_t thread;

    unlink(scratch_path("played.sock"));
    p->listener = listen_silently(scratch_path("played.sock"));
    p->answers = answers;
    p->listens_for = 0;
    assert_int_equal(pthread_create(&thread, NULL, play, p), 0);
    return thread;
}

static void end_play(struct play *p, pthread_t thread)
{
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(p->listener);
}

static void a_connection_is_authenticated_and_on_its_database(void **state)
{
    struct config_redis config = at_socket(scratch_path("played.sock"));
    char user[] = "daemon", path[PATH_MAX];
    redisContext *redis;
    struct play p;
    pthread_t thread;
    struct err err;

    (void)state;
    snprintf(path, sizeof path, "%s", scratch_write("password", "se cret\n"));
    config.user = user;
    config.password_file = path;
    config.database = 3;
    thread = start_play(&p, "+OK\r\n+OK\r\n");
    redis = redis_open(&config, 10000, &err);
    if (!redis)
        fail_msg("%s", err.text);
    assert_true(fcntl(redis->fd, F_GETFD) & FD_CLOEXEC);
    redisFree(redis);
    end_play(&p, thread);
    assert_string_equal(heard, "*3\r\n$4\r\nAUTH\r\n$6\r\ndaemon\r\n$7\r\nse cret\r\n"
                               "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n");
}

static void the_default_user_has_a_password_alone(void **state)
{
    struct config_redis config = at_socket(scratch_path("played.sock"));
    char path[PATH_MAX];
    struct play p;
    pthread_t thread;

    (void)state;
    snprintf(path, sizeof path, "%s", scratch_write("password", "secret\n"));
    config.password_file = path;
    thread = start_play(&p, "-WRONGPASS no\r\n");
    assert_refused(&config, 10000, "AUTH: WRONGPASS no");
    end_play(&p, thread);
    assert_string_equal(heard, "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n");
}

static void arguments_are_never_part_of_the_command(void **state)
{
    struct config_redis config = at_socket(scratch_path("played.sock"));
    redisContext *redis;
    redisReply *reply;
    struct play p;
    pthread_t thread;
    struct err err;

    (void)state;
    thread = start_play(&p, "+PONG\r\n-ERR no\r\n:7\r\n");
    redis = redis_open(&config, 10000, &err);
    assert_non_null(redis);
    reply = redis_call(redis, &err, "ECHO %s", "a b\r\nFLUSHALL\r\n");
    assert_string_equal(reply->str, "PONG");
    freeReplyObject(reply);

    assert_null(redis_call(redis, &err, "NO"));
    assert_string_equal(err.text, "ERR no");
    assert_int_equal(redis->err, 0); /* an error reply leaves it alive */

    reply = redis_call_argv(redis, &err, 3, (const char *[]){"COUNT", "", "a\r\nb"},
                            (const size_t[]){5, 0, 4});
    assert_int_equal(reply->integer, 7);
    freeReplyObject(reply);
    redisFree(redis);
    end_play(&p, thread);
    assert_string_equal(heard, "*2\r\n$4\r\nECHO\r\n$15\r\na b\r\nFLUSHALL\r\n\r\n"
                               "*1\r\n$2\r\nNO\r\n"
                               "*3\r\n$5\r\nCOUNT\r\n$0\r\n\r\n$4\r\na\r\nb\r\n");
}

/* Filled with what would show a byte that is missing or comes twice. */
static char *large_argument(void)
{
    static char text[LARGE];

    for (size_t i = 0; i < LARGE; i++)
        text[i] = (char)('a' + i % 23);
    return text;
}

static void a_large_argument_arrives_whole(void **state)
{
    static const char begin[] = "*2\r\n$3\r\nPUT\r\n$4194304\r\n";
    struct config_redis config = at_socket(scratch_path("played.sock"));
    const char *argv[] = {"PUT", large_argument()};
    redisContext *redis;
    redisReply *reply;
    struct play p;
    pthread_t thread;
    struct err err;

    (void)state;
    thread = start_play(&p, "+OK\r\n");
    p.listens_for = strlen(begin) + LARGE + 2;
    redis = redis_open(&config, 10000, &err);
    assert_non_null(redis);
    reply = redis_call_argv(redis, &err, 2, argv, (const size_t[]){3, LARGE});
    assert_string_equal(reply->str, "OK");
    freeReplyObject(reply);
    redisFree(redis);
    end_play(&p, thread);
    assert_memory_equal(heard, begin, strlen(begin));
    assert_memory_equal(heard + strlen(begin), argv[1], LARGE);
    assert_string_equal(heard + strlen(begin) + LARGE, "\r\n");
}

static void a_large_argument_that_nobody_takes_costs_the_deadline(void **state)
{
    struct config_redis config = at_socket(scratch_path("silent.sock"));
    const char *argv[] = {"PUT", large_argument()};
    redisContext *redis;
    int64_t start;
    struct err err;
    int fd;

    (void)state;
    unlink(scratch_path("silent.sock"));
    fd = listen_silently(scratch_path("silent.sock"));
    redis = redis_open(&config, 100, &err);
    assert_non_null(redis);
    start = monotonic_ms();
    assert_null(redis_call_argv(redis, &err, 2, argv, (const size_t[]){3, LARGE}));
    assert_in_range(monotonic_ms() - start, 90, 10000);
    assert_string_equal(err.text, "no answer within the deadline");
    assert_int_not_equal(redis->err, 0); /* half a command is out: the context is dead */
    redisFree(redis);
    close(fd);
}

static void a_call_without_an_answer_costs_the_deadline(void **state)
{
    struct config_redis config = at_socket(scratch_path("played.sock"));
    redisContext *redis;
    struct play p;
    pthread_t thread;
    int64_t start;
    struct err err;

    (void)state;
    thread = start_play(&p, "");
    redis = redis_open(&config, 100, &err);
    assert_non_null(redis);
    start = monotonic_ms();
    assert_null(redis_call(redis, &err, "PING"));
    assert_in_range(monotonic_ms() - start, 90, 10000);
    assert_string_equal(err.text, "no answer within the deadline");
    assert_int_not_equal(redis->err, 0);
    redisFree(redis);
    end_play(&p, thread);
}

static void a_garbled_answer_is_an_error(void **state)
{
    struct config_redis config = at_socket(scratch_path("played.sock"));
    redisContext *redis;
    struct play p;
    pthread_t thread;
    struct err err;

    (void)state;
    thread = start_play(&p, "HTTP/1.1 400 Bad Request\r\n");
    redis = redis_open(&config, 10000, &err);
    assert_non_null(redis);
    assert_null(redis_call(redis, &err, "PING"));
    assert_non_null(strstr(err.text, "Protocol error"));
    redisFree(redis);
    end_play(&p, thread);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_silent_redis_costs_the_deadline),
        cmocka_unit_test(many_silent_sentinels_cost_little_more_than_the_deadline),
        cmocka_unit_test(the_password_is_the_first_line),
        cmocka_unit_test(no_file_is_no_password),
        cmocka_unit_test(a_password_file_that_is_no_use_is_named),
        cmocka_unit_test(a_connection_is_authenticated_and_on_its_database),
        cmocka_unit_test(the_default_user_has_a_password_alone),
        cmocka_unit_test(arguments_are_never_part_of_the_command),
        cmocka_unit_test(a_large_argument_arrives_whole),
        cmocka_unit_test(a_large_argument_that_nobody_takes_costs_the_deadline),
        cmocka_unit_test(a_call_without_an_answer_costs_the_deadline),
        cmocka_unit_test(a_garbled_answer_is_an_error),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("redis", tests, scratch_make, scratch_remove);
}
