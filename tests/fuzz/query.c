/* One parameter out of a query. Input: the query. */
#include "fcgi/query.h"

#include "lib/buffer.h"
#include "lib/revision.h"
#include "tests/fuzz/fuzz.h"

static bool same(const struct query_parameter *a, const struct query_parameter *b)
{
    size_t len = a->len < sizeof a->value ? a->len : sizeof a->value;

    return a->times == b->times && a->len == b->len && memcmp(a->value, b->value, len) == 0;
}

static struct query_parameter find_with(const char *before, const char *query, const char *after)
{
    struct buffer whole = {0};
    struct query_parameter found;

    buffer_printf(&whole, "%s%s%s%c", before, query, after, '\0');
    found = query_find(whole.data, "rev");
    buffer_release(&whole);
    return found;
}

/* However it is written, it says the same. */
static void check_encoded(const struct query_parameter *found)
{
    struct buffer query = {0};
    struct query_parameter again;

    buffer_append_text(&query, "%72e%76=");
    for (size_t i = 0; i < found->len; i++)
        buffer_printf(&query, "%%%02x", (unsigned char)found->value[i]);
    buffer_append_char(&query, '\0');
    again = query_find(query.data, "rev");
    CHECK(again.times == 1 && again.len == found->len);
    CHECK(memcmp(again.value, found->value, found->len) == 0);
    buffer_release(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    char *query = input_rest(&in);
    struct query_parameter found = query_find(query, "rev"), other;
    int64_t revision = -1;

    CHECK(found.times > 0 || found.len == 0);
    if (found.times > 0 && found.len <= sizeof found.value) {
        check_encoded(&found);
        if (revision_parse(found.value, found.len, &revision))
            CHECK(revision >= 1 && revision <= REVISION_LAST);
        else
            CHECK(revision == -1);
    }
    other = find_with("division=1&", query, "&x=rev&%=rev");
    CHECK(same(&found, &other));
    other = find_with("rev=1&", query, "");
    CHECK(other.times == found.times + 1 && (found.times == 0 || other.len == found.len));
    free(query);
    return 0;
}
