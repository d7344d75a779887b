/* A token file, and who comes with a token. Input: a line with an Authorization, then the file. */
#include "lib/tokens.h"

#include "lib/buffer.h"
#include "tests/fuzz/fuzz.h"

/* What can stand in a line of the file as a token. */
static bool is_token(const char *text)
{
    return strlen(text) >= TOKEN_MIN && !text[strcspn(text, " \t\r\n#")];
}

static char *joined(const char *text, const char *more)
{
    struct buffer all = {0};

    buffer_printf(&all, "%s\n%s%c", text, more, '\0');
    return all.data;
}

static void check_token(const char *text, const char *token)
{
    char *with = joined(text, token), *commented = joined(text, "# a-token-in-a-comment");
    bool found = tokens_contain(text, token);
    struct token_census census = tokens_count(text), more = tokens_count(with);

    CHECK(!found || (is_token(token) && census.good > 0 && strstr(text, token)));
    CHECK(tokens_contain(commented, token) == found);
    CHECK(!tokens_contain(commented, "a-token-in-a-comment") ||
          strstr(text, "a-token-in-a-comment"));
    if (is_token(token))
        CHECK(tokens_contain(with, token) && more.good == census.good + 1);
    else
        CHECK(!found);
    free(with);
    free(commented);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    char *authorization = input_line(&in), *text = input_rest(&in);
    const char *token = tokens_bearer(authorization);

    if (token) {
        CHECK(token > authorization && token <= authorization + strlen(authorization));
        check_token(text, token);
    }
    check_token(text, authorization);
    free(authorization);
    free(text);
    return 0;
}
