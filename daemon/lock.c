#include "daemon/lock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/redis.h"
#include "lib/timestamp.h"

static const char release_lua[] = "if redis.call('GET', KEYS[1]) == ARGV[1] then "
                                  "return redis.call('DEL', KEYS[1]) "
                                  "end "
                                  "return 0";

/* KEYS: the lock. ARGV: our token, how long it lives, the holder from whom it is seized ("": none).
 * Answers with who has the lock; 0: it was taken, 1: from that holder. */
static const char take_lua[] =
    "local holder = redis.pcall('GET', KEYS[1])\n"
    "if type(holder) == 'table' then holder = 'a key of another type'\n"
    "elseif holder == '' then holder = 'a key without a value'\n"
    "elseif holder and redis.call('PTTL', KEYS[1]) == -1 then holder = 'a lock without an end'\n"
    "end\n"
    "if holder and holder ~= ARGV[3] then return holder:sub(1, 63) end\n"
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
    "return holder and 1 or 0\n";

static bool outlived(const struct lock_watch *watch, int64_t ttl_ms)
{
    return watch->holder[0] != '\0' && monotonic_ms() - watch->since > ttl_ms;
}

static void watch_holder(struct lock_watch *watch, const char *holder)
{
    char name[LOCK_HOLDER_MAX];

    snprintf(name, sizeof name, "%s", holder);
    if (strcmp(watch->holder, name) == 0)
        return;
    memcpy(watch->holder, name, sizeof name);
    watch->since = monotonic_ms();
}

static enum lock_result judge_reply(const redisReply *reply, struct lock_watch *watch,
                                    struct lock *lock)
{
    if (reply->type == REDIS_REPLY_INTEGER && reply->integer == 1)
        return LOCK_SEIZED;
    watch_holder(watch, reply->type == REDIS_REPLY_STRING ? reply->str : "");
    if (reply->type == REDIS_REPLY_INTEGER)
        return LOCK_TAKEN;
    *lock = (struct lock){""};
    return LOCK_BUSY;
}

enum lock_result lock_take(redisContext *redis, const struct names *names, int64_t ttl_ms,
                           struct lock_watch *watch, struct lock *lock, struct err *err)
{
    const char *dead = outlived(watch, ttl_ms) ? watch->holder : "";
    redisReply *reply;
    enum lock_result result;

    random_name(lock->token);
    reply = redis_call(redis, err, "EVAL %s 1 %s %s %lld %s", take_lua, names->lock, lock->token,
                       (long long)ttl_ms, dead);
    if (!reply) {
        err_prefix(err, "cannot take the lock %s in Redis", names->lock);
        return LOCK_FAILED;
    }
    result = judge_reply(reply, watch, lock);
    freeReplyObject(reply);
    return result;
}

int lock_release(redisContext *redis, const struct names *names, struct lock *lock, struct err *err)
{
    if (redis_do(redis, err, "EVAL %s 1 %s %s", release_lua, names->lock, lock->token) < 0)
        return err_prefix(err, "cannot release the lock %s in Redis", names->lock);
    *lock = (struct lock){""};
    return 0;
}
