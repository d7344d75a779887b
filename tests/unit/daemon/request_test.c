#include "daemon/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/revision.h"
#include "tests/unit/unit.h"

#define MAX  8192
#define HEAD "GET /api/scoreboard/stream HTTP/1.1\r\nHost: a\r\n"

/* Parses a copy that ends where the memory ends, so that the sanitizers see any look beyond. */
static int parse(const char *text, size_t len, size_t max, struct request_head *request)
{
    char *copy = malloc(len + 1);
    int status;

    assert_non_null(copy);
    memcpy(copy + 1, text, len);
    status = request_parse(copy + 1, len, max, request);
    free(copy);
    return status;
}

static int status_of(const char *text)
{
    struct request_head request;

    return parse(text, strlen(text), MAX, &request);
}

static struct request_head request_of(const char *text)
{
    struct request_head request;

    assert_int_equal(request_parse(text, strlen(text), MAX, &request), 200);
    return request;
}

static void assert_path(const char *text, const char *path)
{
    struct request_head r = request_of(text);

    assert_int_equal(r.path_len, strlen(path));
    assert_memory_equal(r.path, path, r.path_len);
}

static void reads_method_and_path(void **state)
{
    (void)state;
    assert_int_equal(request_of(HEAD "\r\n").method, METHOD_GET);
    assert_int_equal(request_of("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").method, METHOD_HEAD);
    assert_int_equal(request_of("POST / HTTP/1.1\r\nHost: a\r\n\r\n").method, METHOD_OTHER);
    assert_int_equal(request_of("get / HTTP/1.1\r\nHost: a\r\n\r\n").method, METHOD_OTHER);
    assert_path(HEAD "\r\n", "/api/scoreboard/stream");
    assert_path("GET / HTTP/1.0\r\n\r\n", "/");
}

static void leaves_the_query_out_of_the_path(void **state)
{
    (void)state;
    assert_path("GET /a?b=c?d HTTP/1.1\r\nHost: a\r\n\r\n", "/a");
    assert_path("GET /a? HTTP/1.1\r\nHost: a\r\n\r\n", "/a");
    assert_path("GET /?lastEventId=5 HTTP/1.1\r\nHost: a\r\n\r\n", "/");
    assert_false(request_of("GET /?Last-Event-ID=5 HTTP/1.1\r\nHost: a\r\n\r\n").resumes);
}

static void reads_last_event_id_whatever_its_case(void **state)
{
    struct request_head r = request_of(HEAD "lAST-eVENT-id: \t17 \r\n\r\n");

    (void)state;
    assert_true(r.resumes);
    assert_int_equal(r.last_seen, 17);
    assert_int_equal(request_of(HEAD "Last-Event-ID:17\r\n\r\n").last_seen, 17);
}

static void without_last_event_id_nothing_is_resumed(void **state)
{
    struct request_head r = request_of(HEAD "X-Last-Event-ID: 17\r\n\r\n");

    (void)state;
    assert_false(r.resumes);
    assert_int_equal(r.last_seen, REVISION_NONE);
}

static void a_garbage_last_event_id_resumes_from_nowhere(void **state)
{
    const char *values[] = {"",
                            "0",
                            "-1",
                            "017",
                            "1e3",
                            "17 18",
                            "9007199254740992",
                            "abc",
                            "+1",
                            "0x11",
                            "\t",
                            "1,1",
                            "99999999999999999999"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct request_head r;

        snprintf(text, sizeof text, HEAD "Last-Event-ID: %s\r\n\r\n", values[i]);
        r = request_of(text);
        assert_true(r.resumes);
        assert_int_equal(r.last_seen, REVISION_NONE);
    }
}

static void a_repeated_last_event_id_is_garbage(void **state)
{
    struct request_head r = request_of(HEAD "Last-Event-ID: 17\r\nLast-Event-ID: 17\r\n\r\n");

    (void)state;
    assert_true(r.resumes);
    assert_int_equal(r.last_seen, REVISION_NONE);
}

static void reads_authorization(void **state)
{
    struct request_head r = request_of(HEAD "authorization:  Bearer a b \r\n\r\n");

    (void)state;
    assert_int_equal(r.authorization_len, strlen("Bearer a b"));
    assert_memory_equal(r.authorization, "Bearer a b", r.authorization_len);
    assert_int_equal(request_of(HEAD "Authorization:\r\n\r\n").authorization_len, 0);
    assert_null(request_of(HEAD "\r\n").authorization);
}

static void reads_the_last_x_forwarded_for(void **state)
{
    struct request_head r = request_of(HEAD "x-forwarded-for: 1\r\nX-Forwarded-For:2, 3\r\n\r\n");

    (void)state;
    assert_int_equal(r.forwarded_for_len, 4);
    assert_memory_equal(r.forwarded_for, "2, 3", 4);
    assert_int_equal(request_of(HEAD "\r\n").forwarded_for_len, 0);
}

static void reads_the_origin(void **state)
{
    struct request_head r = request_of(HEAD "oRIGIN:  https://a.example \r\n\r\n");

    (void)state;
    assert_int_equal(r.origin_len, strlen("https://a.example"));
    assert_memory_equal(r.origin, "https://a.example", r.origin_len);
    assert_null(request_of(HEAD "\r\n").origin);
}

static void every_beginning_of_a_head_is_incomplete(void **state)
{
    const char *text = HEAD "Accept: text/event-stream\r\nLast-Event-ID: 17\r\n\r\n";
    struct request_head request;

    (void)state;
    for (size_t len = 0; len < strlen(text); len++)
        assert_int_equal(parse(text, len, MAX, &request), 0);
    assert_int_equal(parse(text, strlen(text), MAX, &request), 200);
}

static void what_follows_the_head_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(status_of(HEAD "\r\nGET / HTTP/9.9\r\n\001"), 200);
}

static void refuses_what_is_malformed(void **state)
{
    const char *texts[] = {
        "\r\n",
        "\n",
        "GET\r\n",
        "GET /\r\n",
        " GET / HTTP/1.1\r\n",
        "GET  / HTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n",
        "GET / HTTP/1.1\n",
        "GET / HTTP/1,1\r\n",
        "GET / http/1.1\r\n",
        "GET / HTTP/1.x\r\n",
        "G(T / HTTP/1.1\r\n",
        "GET x HTTP/1.1\r\n",
        "GET * HTTP/1.1\r\n",
        "GET http://a/ HTTP/1.1\r\n",
        "GET /\001 HTTP/1.1\r\n",
        "GET /\377 HTTP/1.1\r\n",
        HEAD "no colon\r\n",
        HEAD ": no name\r\n",
        HEAD "space : before the colon\r\n",
        HEAD " folded: line\r\n",
        HEAD "\tfolded: line\r\n",
        HEAD "A: bare\rreturn\r\n",
        HEAD "A: bare line feed\n",
        HEAD "A: \001\r\n",
        HEAD "A: \177\r\n",
        HEAD "\n",
        HEAD "Host: twice\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(status_of(texts[i]), 400);
}

static void refuses_a_nul_wherever_it_is(void **state)
{
    const char text[] = HEAD "A: b\r\n\r\n";
    struct request_head request;

    (void)state;
    for (size_t at = 0; at < sizeof text - 1; at++) {
        char broken[sizeof text];

        memcpy(broken, text, sizeof text);
        broken[at] = '\0';
        assert_int_not_equal(parse(broken, sizeof text - 1, MAX, &request), 200);
    }
}

static void refuses_other_versions(void **state)
{
    (void)state;
    assert_int_equal(status_of("GET / HTTP/2.0\r\n"), 505);
    assert_int_equal(status_of("GET / HTTP/0.9\r\n"), 505);
    assert_int_equal(status_of("GET / HTTP/1.9\r\nHost: a\r\n\r\n"), 200);
}

static void refuses_a_head_that_is_too_long(void **state)
{
    const char *text = HEAD "\r\n";
    char flood[MAX + 1];
    struct request_head request;

    (void)state;
    assert_int_equal(parse(text, strlen(text), strlen(text), &request), 200);
    assert_int_equal(parse(text, strlen(text), strlen(text) - 1, &request), 431);
    memset(flood, 'a', sizeof flood);
    assert_int_equal(parse(flood, MAX - 1, MAX, &request), 0);
    assert_int_equal(parse(flood, MAX, MAX, &request), 431);
    assert_int_equal(parse(flood, MAX + 1, MAX, &request), 431);
}

static void refuses_too_many_fields(void **state)
{
    char text[4096] = HEAD; /* which has one */

    (void)state;
    for (int i = 1; i < REQUEST_FIELDS_MAX; i++)
        strcat(text, "A: b\r\n");
    assert_int_equal(status_of(text), 0);
    strcat(text, "A: b\r\n");
    assert_int_equal(status_of(text), 431);
}

static void leaves_the_request_alone_unless_it_is_whole(void **state)
{
    struct request_head before, after;
    const char *text = HEAD "Last-Event-ID: 17\r\n";

    (void)state;
    memset(&before, 'x', sizeof before);
    memset(&after, 'x', sizeof after);
    assert_int_equal(request_parse(text, strlen(text), MAX, &after), 0);
    assert_int_equal(request_parse(text, strlen(text), strlen(text), &after), 431);
    assert_int_equal(request_parse("\r\n", 2, MAX, &after), 400);
    assert_memory_equal(&before, &after, sizeof before);
}

/* Any byte anywhere: no crash, no look beyond the end, and only the statuses that exist. */
static void survives_any_byte_anywhere(void **state)
{
    const char text[] = HEAD "Last-Event-ID: 17\r\n\r\n";
    struct request_head request;

    (void)state;
    for (size_t at = 0; at < sizeof text - 1; at++)
        for (int byte = 0; byte < 256; byte++) {
            char broken[sizeof text];
            int status;

            memcpy(broken, text, sizeof text);
            broken[at] = (char)byte;
            status = parse(broken, sizeof text - 1, MAX, &request);
            assert_true(status == 0 || status == 200 || status == 400 || status == 505);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_method_and_path),
        cmocka_unit_test(leaves_the_query_out_of_the_path),
        cmocka_unit_test(reads_last_event_id_whatever_its_case),
        cmocka_unit_test(without_last_event_id_nothing_is_resumed),
        cmocka_unit_test(a_garbage_last_event_id_resumes_from_nowhere),
        cmocka_unit_test(a_repeated_last_event_id_is_garbage),
        cmocka_unit_test(reads_authorization),
        cmocka_unit_test(reads_the_last_x_forwarded_for),
        cmocka_unit_test(reads_the_origin),
        cmocka_unit_test(every_beginning_of_a_head_is_incomplete),
        cmocka_unit_test(what_follows_the_head_is_ignored),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(refuses_a_nul_wherever_it_is),
        cmocka_unit_test(refuses_other_versions),
        cmocka_unit_test(refuses_a_head_that_is_too_long),
        cmocka_unit_test(refuses_too_many_fields),
        cmocka_unit_test(leaves_the_request_alone_unless_it_is_whole),
        cmocka_unit_test(survives_any_byte_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
