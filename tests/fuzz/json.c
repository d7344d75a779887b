/* JSON strings as they are written, and JSON as it is read. Input: a string; it is read as JSON, too. */
#include "lib/json.h"

#include <cjson/cJSON.h>

#include "tests/fuzz/fuzz.h"

static bool has(const struct buffer *b, const char *what)
{
    return memmem(b->data, b->len, what, strlen(what));
}

/* One string, harmless inside HTML, which reads as itself once it has been mended. */
static void check_written(const char *text, size_t len)
{
    struct buffer written = {0}, again = {0};
    cJSON *json;

    json_append_string(&written, text, len);
    CHECK(!buffer_failed(&written));
    CHECK(!has(&written, "<") && !has(&written, ">") && !has(&written, "&"));
    CHECK(!has(&written, "\x7f") && !has(&written, "\xe2\x80\xa8") &&
          !has(&written, "\xe2\x80\xa9"));
    json = json_parse(written.data, written.len);
    CHECK(cJSON_IsString(json));
    if (len == 0 || !memchr(text, '\0', len)) { /* which cJSON's strings cannot hold */
        json_append_text(&again, cJSON_GetStringValue(json));
        CHECK(again.len == written.len && memcmp(again.data, written.data, again.len) == 0);
    }
    cJSON_Delete(json);
    buffer_release(&written);
    buffer_release(&again);
}

/* The whole of it, or nothing. */
static void check_read(const char *text, size_t len)
{
    cJSON *json = json_parse(text, len);
    char *more;

    if (!json)
        return;
    CHECK(!memchr(text, '\0', len));
    cJSON_Delete(json);
    more = malloc(len + 1);
    CHECK(more);
    memcpy(more, text, len);
    more[len] = ']';
    CHECK(!json_parse(more, len + 1));
    free(more);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_written((const char *)data, size);
    check_read((const char *)data, size);
    return 0;
}
