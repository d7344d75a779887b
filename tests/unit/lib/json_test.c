#include "lib/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static void assert_written(const char *text, size_t len, const char *expected)
{
    struct buffer b = {0};

    json_append_string(&b, text, len);
    buffer_append_char(&b, '\0');
    assert_string_equal(b.data, expected);
    buffer_release(&b);
}

/* A string literal may hold NUL. */
#define ASSERT_WRITTEN(literal, expected) assert_written(literal, sizeof(literal) - 1, expected)

static void plain_text_stays(void **state)
{
    (void)state;
    ASSERT_WRITTEN("", "\"\"");
    ASSERT_WRITTEN("team 1 / \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                   "\"team 1 / \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    ASSERT_WRITTEN("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae right to left",
                   "\"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae right to left\"");
}

static void quotes_backslashes_and_controls_are_escaped(void **state)
{
    (void)state;
    ASSERT_WRITTEN("\"\\/", "\"\\\"\\\\/\"");
    ASSERT_WRITTEN("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    ASSERT_WRITTEN("\0\x01\x1f\x7f", "\"\\u0000\\u0001\\u001f\\u007f\"");
}

static void what_html_would_read_is_escaped(void **state)
{
    (void)state;
    ASSERT_WRITTEN("</script>&", "\"\\u003c/script\\u003e\\u0026\"");
    ASSERT_WRITTEN("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
                   "\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\"");
}

#define BAD "\xef\xbf\xbd"

static void each_invalid_byte_becomes_a_replacement_character(void **state)
{
    (void)state;
    ASSERT_WRITTEN("a\x80z", "\"a" BAD "z\"");                     /* continuation alone */
    ASSERT_WRITTEN("\xc3", "\"" BAD "\"");                         /* cut at the end */
    ASSERT_WRITTEN("\xe2\x82", "\"" BAD BAD "\"");                 /* cut at the end */
    ASSERT_WRITTEN("\xe2\x82z", "\"" BAD BAD "z\"");               /* cut in the middle */
    ASSERT_WRITTEN("\xf0\x9f\x98<", "\"" BAD BAD BAD "\\u003c\""); /* must not eat the < */
    ASSERT_WRITTEN("\xc0\xbc\xc1\xbf", "\"" BAD BAD BAD BAD "\""); /* overlong < and DEL */
    ASSERT_WRITTEN("\xe0\x9f\xbf", "\"" BAD BAD BAD "\"");         /* overlong, 3 bytes */
    ASSERT_WRITTEN("\xf0\x8f\xbf\xbf", "\"" BAD BAD BAD BAD "\""); /* overlong, 4 bytes */
    ASSERT_WRITTEN("\xed\xa0\x80", "\"" BAD BAD BAD "\"");         /* surrogate U+D800 */
    ASSERT_WRITTEN("\xed\xbf\xbf", "\"" BAD BAD BAD "\"");         /* surrogate U+DFFF */
    ASSERT_WRITTEN("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* U+110000 */
    ASSERT_WRITTEN("\xf5\xfe\xff", "\"" BAD BAD BAD "\"");         /* never in UTF-8 */
}

static void what_lies_behind_the_end_is_not_read(void **state)
{
    (void)state;
    assert_written("\xc3\xa9", 1, "\"" BAD "\"");
    assert_written("\xf0\x9f\x98\x80", 3, "\"" BAD BAD BAD "\"");
    assert_written("ab", 1, "\"a\"");
}

static void the_ends_of_each_valid_range_stay(void **state)
{
    (void)state;
    ASSERT_WRITTEN("\xc2\x80\xdf\xbf", "\"\xc2\x80\xdf\xbf\"");
    ASSERT_WRITTEN("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
                   "\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"");
    ASSERT_WRITTEN("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"");
}

/* Every character but NUL (which cJSON cannot hold) is read back the same by another parser. */
static size_t encode(unsigned code, char out[4])
{
    if (code < 0x80)
        return (size_t)sprintf(out, "%c", code);
    if (code < 0x800)
        return (size_t)sprintf(out, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 63));
    out[0] = (char)(code < 0x10000 ? 0xe0 | code >> 12 : 0xf0 | code >> 18);
    if (code >= 0x10000)
        out[1] = (char)(0x80 | (code >> 12 & 63));
    out[code < 0x10000 ? 1 : 2] = (char)(0x80 | (code >> 6 & 63));
    out[code < 0x10000 ? 2 : 3] = (char)(0x80 | (code & 63));
    return code < 0x10000 ? 3 : 4;
}

static void every_character_is_read_back_the_same(void **state)
{
    struct buffer b = {0};

    (void)state;
    for (unsigned code = 1; code <= 0x10ffff; code++) {
        char character[5];
        size_t len;
        cJSON *read;

        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        len = encode(code, character);
        character[len] = '\0';
        buffer_clear(&b);
        json_append_string(&b, character, len);
        read = cJSON_ParseWithLength(b.data, b.len);
        assert_string_equal(cJSON_GetStringValue(read), character);
        cJSON_Delete(read);
    }
    buffer_release(&b);
}

/* A validator of its own kind, by RFC 3629's ranges of code points. */
static bool is_valid_utf8(const unsigned char *s, size_t len)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};

    for (size_t i = 0; i < len;) {
        size_t n = s[i] < 0x80       ? 1
                   : s[i] >> 5 == 6  ? 2
                   : s[i] >> 4 == 14 ? 3
                   : s[i] >> 3 == 30 ? 4
                                     : 0;
        unsigned code = n < 2 ? s[i] : s[i] & (0x7fu >> n);

        if (n == 0 || n > len - i)
            return false;
        for (size_t k = 1; k < n; k++) {
            if (s[i + k] >> 6 != 2)
                return false;
            code = code << 6 | (s[i + k] & 63);
        }
        if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return false;
        i += n;
    }
    return true;
}

static void random_bytes_become_valid_utf8_without_loose_quotes(void **state)
{
    struct buffer b = {0};
    char bytes[64];
    cJSON *read;

    (void)state;
    srandom(1);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)random() % sizeof bytes;

        for (size_t i = 0; i < len; i++) /* half of them beyond ASCII's, leads the most */
            bytes[i] = (char)(random() % 2 ? random() : 0xc0 | random());
        buffer_clear(&b);
        json_append_string(&b, bytes, len);
        assert_true(is_valid_utf8((const unsigned char *)b.data, b.len));
        read = cJSON_ParseWithLength(b.data, b.len);
        assert_true(cJSON_IsString(read));
        cJSON_Delete(read);
    }
    buffer_release(&b);
}

static bool is_read(const char *text, size_t len)
{
    cJSON *json = json_parse(text, len);

    cJSON_Delete(json);
    return json;
}

static void the_whole_of_a_text_is_read_or_nothing(void **state)
{
    (void)state;
    assert_true(is_read(" [1] \r\n\t", 8));
    assert_true(is_read("[1]]", 3));
    assert_false(is_read("[1]]", 4));
    assert_false(is_read("[1]\0", 4));
    assert_false(is_read("\"a\0b\"", 5));
    assert_false(is_read("", 0));
    assert_false(is_read(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(quotes_backslashes_and_controls_are_escaped),
        cmocka_unit_test(what_html_would_read_is_escaped),
        cmocka_unit_test(each_invalid_byte_becomes_a_replacement_character),
        cmocka_unit_test(what_lies_behind_the_end_is_not_read),
        cmocka_unit_test(the_ends_of_each_valid_range_stay),
        cmocka_unit_test(every_character_is_read_back_the_same),
        cmocka_unit_test(random_bytes_become_valid_utf8_without_loose_quotes),
        cmocka_unit_test(the_whole_of_a_text_is_read_or_nothing),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
