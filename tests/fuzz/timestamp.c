/* Points in time. Input: a text that may be one; its first eight bytes are a number, too. */
#include "lib/timestamp.h"

#include <time.h>

#include "tests/fuzz/fuzz.h"

/* As libc writes it. */
static void check_seconds(const char *text, int64_t us)
{
    int64_t fraction = (us % 1000000 + 1000000) % 1000000;
    time_t seconds = (time_t)((us - fraction) / 1000000);
    char expected[TIMESTAMP_MAX];
    struct tm tm;

    CHECK(gmtime_r(&seconds, &tm));
    sprintf(expected, "%04d-%02d-%02dT%02d:%02d:%02d", (tm.tm_year + 1900) % 10000,
            (tm.tm_mon + 1) % 100, tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
            tm.tm_sec % 100);
    CHECK(strncmp(text, expected, strlen(expected)) == 0);
}

static void check_number(int64_t us)
{
    char text[TIMESTAMP_MAX];
    size_t len = timestamp_format(text, us);
    int64_t again;
    struct err err;

    CHECK(len == strlen(text) && len < sizeof text);
    CHECK(timestamp_parse(text, &again, &err) == 0 && again == timestamp_clamped(us));
    check_seconds(text, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    int64_t us = (int64_t)input_number(&in, 8);
    struct err err = {""};
    char *text;

    check_number(us);
    check_number(us % TIMESTAMP_LATEST);
    in = input_of(data, size);
    text = input_rest(&in);
    us = 77;
    if (timestamp_parse(text, &us, &err) == 0)
        check_number(us);
    else
        CHECK(us == 77 && err.text[0]);
    free(text);
    return 0;
}
