#include "daemon/response.h"

#include <string.h>

#include "tests/unit/unit.h"

#define END   "X-Content-Type-Options: nosniff\r\nConnection: close\r\n"
#define SHORT "Cache-Control: no-store\r\n" END

static void assert_answer(struct buffer *answer, const char *expected)
{
    assert_false(buffer_failed(answer));
    assert_int_equal(answer->len, strlen(expected));
    assert_memory_equal(answer->data, expected, answer->len);
    buffer_release(answer);
}

static void a_page_has_its_type_and_length(void **state)
{
    struct buffer answer = {0};

    (void)state;
    response_append_page_head(&answer, 200, "text/plain", 4, "");
    assert_answer(&answer, "HTTP/1.1 200 OK\r\n"
                           "Content-Type: text/plain\r\nContent-Length: 4\r\n" SHORT "\r\n");
}

static void a_page_of_a_listed_origin_is_let_read(void **state)
{
    struct request_head asked = {.origin = "http://a", .origin_len = strlen("http://a")};
    char cors[CORS_HEADERS_MAX];
    struct buffer answer = {0};

    (void)state;
    response_append_page_head(&answer, 200, "text/plain", 4,
                              response_cors(cors, "http://a", &asked));
    assert_answer(&answer,
                  "HTTP/1.1 200 OK\r\n"
                  "Access-Control-Allow-Origin: http://a\r\n"
                  "Access-Control-Expose-Headers: ETag, Retry-After, X-Scoreboard-Revision\r\n"
                  "Content-Type: text/plain\r\nContent-Length: 4\r\n" SHORT "\r\n");
    assert_string_equal(response_cors(cors, "http://b", &asked), "");
    assert_string_equal(response_cors(cors, "*", NULL), "");
    asked.authorization = "";
    assert_string_equal(response_cors(cors, "*", &asked), "");
}

static void an_error_is_json(void **state)
{
    struct buffer answer = {0};

    (void)state;
    response_append_error(&answer, 404, false);
    assert_answer(&answer, "HTTP/1.1 404 Not Found\r\n"
                           "Content-Type: application/json; charset=utf-8\r\n"
                           "Content-Length: 22\r\n" SHORT "\r\n"
                           "{\"error\":\"not found\"}\n");
}

static void a_wrong_method_is_told_the_right_ones(void **state)
{
    struct buffer answer = {0};

    (void)state;
    response_append_error(&answer, 405, true);
    assert_answer(&answer, "HTTP/1.1 405 Method Not Allowed\r\n"
                           "Content-Type: application/json; charset=utf-8\r\n"
                           "Content-Length: 31\r\n"
                           "Cache-Control: no-store\r\nAllow: GET, HEAD\r\n" END "\r\n");
}

static void the_stream_has_no_length(void **state)
{
    struct buffer answer = {0};

    (void)state;
    response_append_stream_head(&answer, "");
    assert_answer(&answer, "HTTP/1.1 200 OK\r\n"
                           "Content-Type: text/event-stream\r\n"
                           "Cache-Control: no-cache, no-transform\r\n"
                           "X-Accel-Buffering: no\r\n"
                           "X-Content-Type-Options: nosniff\r\n"
                           "Connection: close\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_has_its_type_and_length),
        cmocka_unit_test(a_page_of_a_listed_origin_is_let_read),
        cmocka_unit_test(an_error_is_json),
        cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
        cmocka_unit_test(the_stream_has_no_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
