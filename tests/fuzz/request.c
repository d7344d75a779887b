/*
 * The head of a request to the daemon's socket, as it comes byte by byte, and who is behind it.
 * Input: the bytes.
 */
#include "daemon/request.h"

#include "daemon/origin.h"
#include "lib/revision.h"
#include "tests/fuzz/fuzz.h"

#define HEAD_MAX 600

static bool lies_within(const char *part, size_t len, const char *bytes, size_t size)
{
    return part >= bytes && len <= size && part + len <= bytes + size;
}

static void check_head(const struct request_head *head, const char *bytes, size_t len)
{
    CHECK(lies_within(head->path, head->path_len, bytes, len));
    CHECK(head->path_len > 0 && head->path[0] == '/');
    CHECK(!memchr(head->path, '?', head->path_len) && !memchr(head->path, ' ', head->path_len));
    CHECK(head->last_seen >= REVISION_NONE && head->last_seen <= REVISION_LAST);
    CHECK(head->resumes || head->last_seen == REVISION_NONE);
    if (head->forwarded_for)
        CHECK(lies_within(head->forwarded_for, head->forwarded_for_len, bytes, len));
    else
        CHECK(head->forwarded_for_len == 0);
}

static void check_origin(const struct request_head *head)
{
    struct networks nobody = {0}, everybody;
    struct err err;

    CHECK(networks_parse(&everybody, "0.0.0.0/0 ::/0", &err) == 0);
    (void)origin_of(head->forwarded_for, head->forwarded_for_len, &nobody);
    CHECK(origin_of(head->forwarded_for, head->forwarded_for_len, &everybody) == ORIGIN_UNKNOWN);
}

/* What is said of the first bytes holds, whatever comes after them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct request_head untouched = {.path_len = 77};
    const char *bytes = (const char *)data;
    int verdict = 0;

    for (size_t len = 0; len <= size; len++) {
        struct request_head head = untouched;
        int status = request_parse(bytes, len, HEAD_MAX, &head);

        CHECK(status == 0 || status == 200 || status == 400 || status == 431 || status == 505);
        CHECK(status != 0 || len < HEAD_MAX);
        CHECK(verdict == 0 || status == verdict);
        if (status == 200 && verdict == 0) {
            check_head(&head, bytes, len);
            check_origin(&head);
        }
        if (status != 200)
            CHECK(memcmp(&head, &untouched, sizeof head) == 0);
        verdict = status;
        if (len > HEAD_MAX)
            break;
    }
    return 0;
}
