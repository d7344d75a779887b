#include "lib/network.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct address address_of(const char *text)
{
    struct address address;

    if (!address_parse(text, strlen(text), &address))
        fail_msg("no address: %s", text);
    return address;
}

static void assert_same(const char *a, const char *b)
{
    struct address x = address_of(a), y = address_of(b);

    assert_memory_equal(x.bytes, y.bytes, sizeof x.bytes);
}

static void an_address_may_be_written_in_many_ways(void **state)
{
    (void)state;
    assert_same("192.0.2.1", "::ffff:192.0.2.1");
    assert_same("192.0.2.1", "::ffff:c000:201");
    assert_same("192.0.2.1", "192.0.2.1:65535");
    assert_same("2001:db8::1", "2001:0DB8:0:0::0001");
    assert_same("2001:db8::1", "[2001:db8::1]");
    assert_same("2001:db8::1", "[2001:db8::1]:80");
    assert_true(address_is_ipv4(&(struct address){"\0\0\0\0\0\0\0\0\0\0\xff\xff"}));
    assert_false(address_is_ipv4(&(struct address){"\0\0\0\0\0\0\0\0\0\0\0\0\x7f"}));
}

static void anything_else_is_no_address(void **state)
{
    static const char *const texts[] = {
        "",
        "unknown",
        "/run/web.sock",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1:",
        "192.0.2.1:x",
        "192.0.2.1 ",
        "192.0.2.1:655350",
        "2001:db8::1:80:1:2:3:4:5",
        "[2001:db8",
        "[]",
        "[2001:db8::1]x",
        "fe80::1%eth0",
        "[192.0.2.1",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    };
    struct address address;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (address_parse(texts[i], strlen(texts[i]), &address))
            fail_msg("an address: %s", texts[i]);
    assert_false(address_parse("192.0.2.1\0", 10, &address));
}

static bool contains(const char *networks, const char *address)
{
    struct networks parsed;
    struct address a = address_of(address);
    struct err err;

    if (networks_parse(&parsed, networks, &err) == -1)
        fail_msg("%s", err.text);
    return networks_contain(&parsed, &a);
}

static void a_network_contains_what_begins_like_it(void **state)
{
    (void)state;
    assert_true(contains("10.0.0.0/8", "10.255.0.1"));
    assert_false(contains("10.0.0.0/8", "11.0.0.1"));
    assert_true(contains("192.0.2.128/25", "192.0.2.200"));
    assert_false(contains("192.0.2.128/25", "192.0.2.127"));
    assert_true(contains("192.0.2.1", "::ffff:192.0.2.1"));
    assert_true(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
    assert_true(contains("0.0.0.0/0", "203.0.113.9"));
    assert_false(contains("0.0.0.0/0", "2001:db8::1"));
    assert_true(contains("::/0", "203.0.113.9"));
    assert_true(contains("192.0.2.1,\t 2001:db8::/33 ", "2001:db8:7fff::1"));
    assert_false(contains("192.0.2.1 2001:db8::/33", "2001:db8:8000::1"));
    assert_false(contains("", "127.0.0.1"));
}

static void assert_refused(const char *networks, const char *text)
{
    struct networks parsed = {.count = 77};
    struct err err;

    assert_int_equal(networks_parse(&parsed, networks, &err), -1);
    assert_string_equal(err.text, text);
    assert_int_equal(parsed.count, 77); /* untouched */
}

static void whatever_is_no_network_is_named(void **state)
{
    char many[(NETWORKS_MAX + 1) * 4 + 1] = "";

    (void)state;
    assert_refused("127.0.0.1 proxy.example.org",
                   "\"proxy.example.org\" is no address and no network");
    assert_refused("10.0.0.0/33", "\"10.0.0.0/33\" is no address and no network");
    assert_refused("::1/129", "\"::1/129\" is no address and no network");
    assert_refused("::1/", "\"::1/\" is no address and no network");
    assert_refused("::1/0001", "\"::1/0001\" is no address and no network");
    for (int i = 0; i <= NETWORKS_MAX; i++)
        strcat(many, "::1 ");
    assert_refused(many, "more than 64 networks");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_may_be_written_in_many_ways),
        cmocka_unit_test(anything_else_is_no_address),
        cmocka_unit_test(a_network_contains_what_begins_like_it),
        cmocka_unit_test(whatever_is_no_network_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
