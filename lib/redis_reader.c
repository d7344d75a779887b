#include "lib/redis_reader.h"

#if HIREDIS_MAJOR >= 1

void redis_reader_bound(redisReader *reader)
{
    reader->maxelements = REDIS_ELEMENTS_MAX;
}

#else

/* It has no such bound, but lets its functions that make replies be replaced; all at once. */

static const redisReplyObjectFunctions *of_hiredis(const redisReadTask *task)
{
    return task->privdata;
}

static void *create_string(const redisReadTask *task, char *text, size_t len)
{
    return of_hiredis(task)->createString(task, text, len);
}

/* NULL is an error: it stands for want of memory. */
static void *create_array(const redisReadTask *task, int elements)
{
    return elements <= REDIS_ELEMENTS_MAX ? of_hiredis(task)->createArray(task, elements) : NULL;
}

static void *create_integer(const redisReadTask *task, long long value)
{
    return of_hiredis(task)->createInteger(task, value);
}

static void *create_nil(const redisReadTask *task)
{
    return of_hiredis(task)->createNil(task);
}

void redis_reader_bound(redisReader *reader)
{
    static redisReplyObjectFunctions bounded = {
        .createString = create_string,
        .createArray = create_array,
        .createInteger = create_integer,
        .createNil = create_nil,
        .freeObject = freeReplyObject,
    };

    reader->privdata = reader->fn;
    reader->fn = &bounded;
}

#endif
