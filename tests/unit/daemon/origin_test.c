#include "daemon/origin.h"

#include <string.h>

#include "tests/unit/unit.h"

static origin_id from(const char *forwarded_for)
{
    struct networks trusted;
    struct err err;

    assert_int_equal(networks_parse(&trusted, "127.0.0.1 10.0.0.0/8 2001:db8:ffff::/48", &err), 0);
    return origin_of(forwarded_for, strlen(forwarded_for), &trusted);
}

static void the_last_address_counts(void **state)
{
    (void)state;
    assert_int_equal(from("192.0.2.1"), 0xc0000201);
    assert_int_equal(from(" \t192.0.2.1 "), 0xc0000201);
    assert_int_equal(from("203.0.113.9, 192.0.2.1"), 0xc0000201);
    assert_int_equal(from("nonsense,,,192.0.2.1:4711"), 0xc0000201);
    assert_int_equal(from("::ffff:192.0.2.1"), 0xc0000201);
}

static void of_an_ipv6_address_its_network_counts(void **state)
{
    (void)state;
    assert_int_equal(from("2001:db8:1:2:3:4:5:6"), 0x20010db800010002);
    assert_int_equal(from("[2001:db8:1:2::1]"), 0x20010db800010002);
    assert_int_not_equal(from("2001:db8:1:3::1"), 0x20010db800010002);
}

static void a_trusted_proxy_is_believed_and_nobody_before_it(void **state)
{
    (void)state;
    assert_int_equal(from("192.0.2.1, 10.1.2.3"), 0xc0000201);
    assert_int_equal(from("192.0.2.1,2001:db8:ffff::1,127.0.0.1"), 0xc0000201);
    assert_int_equal(from("10.9.9.9, 192.0.2.1, 10.1.2.3"), 0xc0000201);
}

static void who_has_no_address_is_not_counted(void **state)
{
    (void)state;
    assert_int_equal(origin_of(NULL, 0, &(struct networks){0}), ORIGIN_UNKNOWN);
    assert_int_equal(from(""), ORIGIN_UNKNOWN);
    assert_int_equal(from(" , "), ORIGIN_UNKNOWN);
    assert_int_equal(from("127.0.0.1"), ORIGIN_UNKNOWN);
    assert_int_equal(from("10.0.0.1, 127.0.0.1"), ORIGIN_UNKNOWN);
    assert_int_equal(from("192.0.2.1, /run/web.sock"), ORIGIN_UNKNOWN);
}

static void each_origin_has_so_many_places(void **state)
{
    struct origins origins = {0};
    struct origin *a, *b;

    (void)state;
    a = origins_enter(&origins, 1, 2);
    assert_non_null(a);
    assert_ptr_equal(origins_enter(&origins, 1, 2), a);
    assert_null(origins_enter(&origins, 1, 2));
    b = origins_enter(&origins, 2, 2);
    assert_non_null(b);
    origins_leave(&origins, a);
    assert_ptr_equal(origins_enter(&origins, 1, 2), a);
    origins_leave(&origins, a);
    origins_leave(&origins, a);
    origins_leave(&origins, b);
    origins_leave(&origins, NULL);
    assert_null(origins.tree); /* nothing is left of who has left */
}

static void a_hundred_thousand_origins_come_and_go(void **state)
{
    enum { COUNT = 100000 };
    static struct origin *all[COUNT];
    struct origins origins = {0};

    (void)state;
    for (origin_id id = 0; id < COUNT; id++)
        assert_non_null(all[id] = origins_enter(&origins, (id + 1) << 32, 1));
    for (origin_id id = 0; id < COUNT; id++)
        assert_null(origins_enter(&origins, (id + 1) << 32, 1));
    for (origin_id id = 0; id < COUNT; id++)
        origins_leave(&origins, all[id]);
    assert_null(origins.tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_address_counts),
        cmocka_unit_test(of_an_ipv6_address_its_network_counts),
        cmocka_unit_test(a_trusted_proxy_is_believed_and_nobody_before_it),
        cmocka_unit_test(who_has_no_address_is_not_counted),
        cmocka_unit_test(each_origin_has_so_many_places),
        cmocka_unit_test(a_hundred_thousand_origins_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
