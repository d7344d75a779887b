/*
 * redis: blocking calls with a deadline, for everything but the daemon's subscription.
 *
 * A connection is hiredis' own redisContext, authenticated and on its database, close-on-exec. The
 * deadline bounds connecting and each wait for the server: an answer of many megabytes that keeps
 * coming is not cut. (The lookup of a host's name is libc's and can take longer.) After a failed
 * call redis->err tells what is left: 0, it was an error reply and the context lives; else it is
 * dead: free it, connect anew.
 *
 * Errors say what happened; that it was Redis, the caller says.
 */
#ifndef LIB_REDIS_H
#define LIB_REDIS_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "lib/config.h"
#include "lib/err.h"

/* NULL on failure; the error says where, and which step (connect, password file, AUTH, SELECT). The
 * caller redisFree()s it. By Sentinels it is the primary's; once the deadline is over no further one is
 * asked. */
redisContext *redis_open(const struct config_redis *config, int64_t deadline_ms, struct err *err);

/* Whether a connection that was idle may be used: no call on it has failed, and the server has not
 * closed it meanwhile, as Redis does after its `timeout`. */
bool redis_lives(const redisContext *redis);

/* One command; arguments only through %s and %b, never pasted into `format`. NULL on failure and on
 * an error reply, which goes into err. The caller freeReplyObject()s it. */
redisReply *redis_call(redisContext *redis, struct err *err, const char *format, ...);

/* The same for a command whose answer says no more than that it was done. */
int redis_do(redisContext *redis, struct err *err, const char *format, ...) MUST_CHECK;

/* redis_call() with arguments that may be large: they are not copied. */
#define REDIS_ARGUMENTS_MAX 64
redisReply *redis_call_argv(redisContext *redis, struct err *err, int argc, const char *const *argv,
                            const size_t *lengths);

/* maxmemory-policy; "" where Redis does not tell (a hosted one may not). */
#define REDIS_POLICY_MAX 32
void redis_eviction_policy(redisContext *redis, char policy[REDIS_POLICY_MAX]);

/* Under any other policy a full Redis throws the snapshot away, which has no time to live. */
bool redis_policy_keeps(const char *policy);

/* The first line of the password file without its end; "" for the path "". The caller free()s it. */
int redis_password(const char *path, char **password, struct err *err) MUST_CHECK;

#endif
