/*
 * Reads of a board, gzipped and as text, with each call of the system failing in turn.
 *
 *   read CONFIG DIRECTORY [STEP [CALL...]]
 *
 * The configuration is of a node that has boards; DIRECTORY is for files of this test.
 */
#include <stdio.h>
#include <string.h>

#include "tests/faults/responder.h"

static struct buffer text; /* the board's, and a NUL, as it was without a fault */

static const char *body_of(const struct buffer *answer)
{
    const char *end = strstr(answer->data, "\r\n\r\n");

    EXPECT(end, "an answer without an end of its head: %s", answer->data);
    return end + 4;
}

static bool begins(const struct buffer *answer, const char *with)
{
    return strncmp(answer->data, with, strlen(with)) == 0;
}

/* Nothing, an error that says so, or the board: but no half of one. */
static void judge(const struct buffer *answer)
{
    if (answer->len == 1)
        return;
    EXPECT(begins(answer, "Status: 200") || begins(answer, "Status: 503"), "%s", answer->data);
    if (begins(answer, "Status: 200") && text.len > 0 && !strstr(answer->data, "X-Sendfile"))
        EXPECT(strcmp(body_of(answer), text.data) == 0, "another board: %s", answer->data);
}

static void expect_file(const struct buffer *answer)
{
    EXPECT(begins(answer, "Status: 200") && strstr(answer->data, "X-Sendfile: "), "%s",
           answer->data);
}

static void expect_text(const struct buffer *answer)
{
    EXPECT(begins(answer, "Status: 200") && strstr(answer->data, "\"entries\":["), "%s",
           answer->data);
    if (text.len == 0)
        buffer_append(&text, body_of(answer), strlen(body_of(answer)) + 1);
    judge(answer);
}

#define URL                                                                     \
    {"REQUEST_METHOD", "GET"}, {"REQUEST_URI", "/api/leaderboard/teams?rev=1"}, \
    {                                                                           \
        "QUERY_STRING", "rev=1"                                                 \
    }

int main(int argc, char **argv)
{
    static const struct asking for_text = {
        "read text", {URL, {"HTTP_AUTHORIZATION", "Basic x"}}, NULL, NULL, judge, expect_text};
    static const struct asking for_file = {
        "read a file", {URL, {"HTTP_ACCEPT_ENCODING", "gzip"}}, NULL, NULL, judge, expect_file};

    if (argc < 3) {
        fputs("usage: read CONFIG DIRECTORY [STEP [CALL...]]\n", stderr);
        return 2;
    }
    responder_try(&for_text, argv[1], argv[2], argc - 2, argv + 2);
    responder_try(&for_file, argv[1], argv[2], argc - 2, argv + 2);
    buffer_release(&text);
    return 0;
}
