#include "daemon/lock.h"

#include "lib/redis.h"

static const char release_lua[] = "if redis.call('GET', KEYS[1]) == ARGV[1] then "
                                  "return redis.call('DEL', KEYS[1]) "
                                  "end "
                                  "return 0";

enum lock_result lock_take(redisContext *redis, const struct names *names, int64_t ttl_ms,
                           struct lock *lock, struct err *err)
{
    redisReply *reply;
    enum lock_result result;

    random_name(lock->token);
    reply =
        redis_call(redis, err, "SET %s %s NX PX %lld", names->lock, lock->token, (long long)ttl_ms);
    if (!reply) {
        err_prefix(err, "cannot take the lock %s in Redis", names->lock);
        return LOCK_FAILED;
    }
    result = reply->type == REDIS_REPLY_STATUS ? LOCK_TAKEN : LOCK_BUSY; /* "OK", or nil */
    if (result == LOCK_BUSY)
        *lock = (struct lock){""};
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
