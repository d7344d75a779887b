/* What hiredis is let believe of a server's answer. */
#include "lib/redis_reader.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

/* REDIS_OK, and a reply if the text is a whole one; or the reader's error. */
static int read_reply(const char *text, redisReply **reply)
{
    redisReader *reader = redisReaderCreate();
    void *got = NULL;
    int status;

    assert_non_null(reader);
    redis_reader_bound(reader);
    assert_int_equal(redisReaderFeed(reader, text, strlen(text)), REDIS_OK);
    status = redisReaderGetReply(reader, &got);
    *reply = got;
    redisReaderFree(reader);
    return status;
}

static void replies_of_every_kind_are_read(void **state)
{
    redisReply *reply;

    (void)state;
    assert_int_equal(
        read_reply("*6\r\n$3\r\nabc\r\n:42\r\n$-1\r\n+OK\r\n-ERR no\r\n*1\r\n:7\r\n", &reply),
        REDIS_OK);
    assert_int_equal(reply->elements, 6);
    assert_string_equal(reply->element[0]->str, "abc");
    assert_int_equal(reply->element[1]->integer, 42);
    assert_int_equal(reply->element[2]->type, REDIS_REPLY_NIL);
    assert_int_equal(reply->element[3]->type, REDIS_REPLY_STATUS);
    assert_int_equal(reply->element[4]->type, REDIS_REPLY_ERROR);
    assert_int_equal(reply->element[5]->element[0]->integer, 7);
    freeReplyObject(reply);
}

static void an_array_that_is_too_long_is_an_error_before_it_has_come(void **state)
{
    char text[32];
    redisReply *reply;

    (void)state;
    snprintf(text, sizeof text, "*%d\r\n", REDIS_ELEMENTS_MAX);
    assert_int_equal(read_reply(text, &reply), REDIS_OK);
    assert_null(reply); /* its elements are still to come */
    snprintf(text, sizeof text, "*%d\r\n", REDIS_ELEMENTS_MAX + 1);
    assert_int_equal(read_reply(text, &reply), REDIS_ERR);
    assert_int_equal(read_reply("*1\r\n*2147483647\r\n", &reply), REDIS_ERR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_of_every_kind_are_read),
        cmocka_unit_test(an_array_that_is_too_long_is_an_error_before_it_has_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
