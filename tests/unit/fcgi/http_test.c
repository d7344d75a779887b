#include "fcgi/http.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* --- A web server in memory ------------------------------------------------------------------- */

struct peer {
    const char *body; /* what it sends */
    struct buffer got;
    size_t takes; /* bytes, then it is gone */
};

static size_t peer_read(void *context, char *bytes, size_t n)
{
    struct peer *peer = context;
    size_t len = strlen(peer->body);

    n = n < len ? n : len;
    memcpy(bytes, peer->body, n);
    peer->body += n;
    return n;
}

static bool peer_write(void *context, const char *bytes, size_t n)
{
    struct peer *peer = context;

    if (peer->got.len + n > peer->takes)
        return false;
    buffer_append(&peer->got, bytes, n);
    return true;
}

static struct peer peer;
static const struct http_stream stream = {peer_read, peer_write, &peer};
static struct request request;
static struct response response;
static struct err err;

static int set_up(void **state)
{
    (void)state;
    peer = (struct peer){.body = "", .takes = SIZE_MAX};
    request = (struct request){.method = "GET", .query = "", .stream = &stream};
    response_init(&response);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    response_release(&response);
    buffer_release(&peer.got);
    return 0;
}

static void expect_sent(const char *text)
{
    assert_int_equal(response_send(&response, &request, &err), 0);
    buffer_append_char(&peer.got, '\0');
    assert_string_equal(peer.got.data, text);
}

/* A file of the given bytes, for the response to close. */
static int make_file(const char *bytes)
{
    char path[] = "/tmp/sb.http.XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* --- The request ------------------------------------------------------------------------------ */

static void the_path_is_what_the_client_asked_for(void **state)
{
    (void)state;
    request_set_path(&request, "/api/timeline?rev=1?2", "/else", "/where");
    assert_string_equal(request.path, "/api/timeline");
    request_set_path(&request, NULL, "/cgi/read.fcgi", "/api/timeline");
    assert_string_equal(request.path, "/cgi/read.fcgi/api/timeline");
}

static void a_path_too_long_for_any_of_ours_is_none(void **state)
{
    char uri[1024];

    (void)state;
    memset(uri, '/', sizeof uri);
    strcpy(uri + sizeof uri - 20, "/api/timeline");
    request_set_path(&request, uri, "", "");
    assert_string_equal(request.path, "");
    assert_false(request_path_is(&request, "/api/timeline"));
}

static void a_scoreboard_may_live_below_a_prefix(void **state)
{
    (void)state;
    request_set_path(&request, "/ctf/api/timeline", "", "");
    assert_true(request_path_is(&request, "/api/timeline"));
    assert_false(request_path_is(&request, "/api/timeline/teams"));
    assert_false(request_path_is(&request, "/a/longer/path/than/the/request/has/api/timeline"));
}

static void a_body_that_ends_early_is_noticed(void **state)
{
    char bytes[4];

    (void)state;
    peer.body = "abcdef";
    assert_true(request_read(&request, bytes, 4));
    assert_memory_equal(bytes, "abcd", 4);
    assert_false(request_read(&request, bytes, 4));
}

/* --- The response ----------------------------------------------------------------------------- */

static void a_response_is_headers_and_a_body(void **state)
{
    (void)state;
    response_header(&response, "Content-Type", "text/plain");
    buffer_append_text(&response.body, "hello");
    expect_sent("Status: 200 OK\r\nContent-Type: text/plain\r\n"
                "X-Content-Type-Options: nosniff\r\nContent-Length: 5\r\n\r\nhello");
}

static void an_error_names_the_field_at_fault(void **state)
{
    (void)state;
    response_error(&response, 400, "invalid input", "rev", "<bad>");
    expect_sent("Status: 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n"
                "Cache-Control: no-store\r\n"
                "X-Content-Type-Options: nosniff\r\nContent-Length: 81\r\n\r\n"
                "{\"error\":\"invalid input\",\"details\":"
                "[{\"field\":\"rev\",\"reason\":\"\\u003cbad\\u003e\"}]}\n");
}

static void a_wrong_method_is_told_the_right_ones(void **state)
{
    (void)state;
    response_not_allowed(&response, "POST");
    expect_sent("Status: 405 Method Not Allowed\r\nAllow: POST\r\n"
                "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
                "X-Content-Type-Options: nosniff\r\nContent-Length: 31\r\n\r\n"
                "{\"error\":\"method not allowed\"}\n");
}

static void no_input_can_add_a_header(void **state)
{
    (void)state;
    response_header(&response, "ETag", "\"1\"\r\nSet-Cookie: x");
    response_header(&response, "ETag", "\"1\"\nSet-Cookie: x");
    expect_sent("Status: 200 OK\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 0\r\n\r\n");
}

static void head_gets_the_length_without_the_body(void **state)
{
    (void)state;
    request.method = "HEAD";
    buffer_append_text(&response.body, "hello");
    expect_sent("Status: 200 OK\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 5\r\n\r\n");
}

static void not_modified_has_no_body_and_no_length(void **state)
{
    (void)state;
    response.status = 304;
    response.file = make_file("a board");
    response.file_size = 7;
    expect_sent("Status: 304 Not Modified\r\nX-Content-Type-Options: nosniff\r\n\r\n");
}

static void a_file_is_sent_in_the_bodys_stead(void **state)
{
    (void)state;
    response.file = make_file("a board");
    response.file_size = 7;
    expect_sent("Status: 200 OK\r\n"
                "X-Content-Type-Options: nosniff\r\nContent-Length: 7\r\n\r\na board");
}

static void a_file_that_the_web_server_sends_is_not_sent(void **state)
{
    (void)state;
    response.file = make_file("a board");
    response.file_size = 7;
    response.by_server = true;
    response_header(&response, "X-Sendfile", "/boards/1");
    expect_sent("Status: 200 OK\r\nX-Sendfile: /boards/1\r\n"
                "X-Content-Type-Options: nosniff\r\n\r\n");
}

static void a_file_shorter_than_promised_is_an_error(void **state)
{
    (void)state;
    response.file = make_file("a bo");
    response.file_size = 7;
    assert_int_equal(response_send(&response, &request, &err), -1);
    assert_string_equal(err.text, "reading a board: it is too short");
}

static void a_web_server_that_leaves_is_an_error(void **state)
{
    (void)state;
    peer.takes = 80;
    buffer_append_text(&response.body, "a body beyond that");
    assert_int_equal(response_send(&response, &request, &err), -1);
    assert_string_equal(err.text, "the web server has gone away");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_path_is_what_the_client_asked_for),
        TEST(a_path_too_long_for_any_of_ours_is_none),
        TEST(a_scoreboard_may_live_below_a_prefix),
        TEST(a_body_that_ends_early_is_noticed),
        TEST(a_response_is_headers_and_a_body),
        TEST(an_error_names_the_field_at_fault),
        TEST(a_wrong_method_is_told_the_right_ones),
        TEST(no_input_can_add_a_header),
        TEST(head_gets_the_length_without_the_body),
        TEST(not_modified_has_no_body_and_no_length),
        TEST(a_file_is_sent_in_the_bodys_stead),
        TEST(a_file_that_the_web_server_sends_is_not_sent),
        TEST(a_file_shorter_than_promised_is_an_error),
        TEST(a_web_server_that_leaves_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
