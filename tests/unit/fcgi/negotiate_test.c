#include "fcgi/negotiate.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define NAME    "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define OFFERED ":47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"

static const struct variant identity = {17, "leaderboard", CODING_IDENTITY, ""};
static const struct variant gzipped = {17, "leaderboard", CODING_GZIP, ""};
static const struct variant delta = {17, "leaderboard", CODING_DELTA, NAME};

/* --- Accept-Encoding -------------------------------------------------------------------------- */

static void gzip_is_for_those_who_name_it(void **state)
{
    (void)state;
    assert_true(negotiate_gzip("gzip"));
    assert_true(negotiate_gzip("gzip, deflate, br"));
    assert_true(negotiate_gzip("br , GZip"));
    assert_true(negotiate_gzip("deflate,gzip;q=0.5"));
    assert_true(negotiate_gzip("*"));
}

static void everyone_else_gets_identity(void **state)
{
    (void)state;
    assert_false(negotiate_gzip(NULL));
    assert_false(negotiate_gzip(""));
    assert_false(negotiate_gzip("identity"));
    assert_false(negotiate_gzip("br, deflate"));
    assert_false(negotiate_gzip("gzipped, xgzip"));
}

static void a_quality_of_zero_is_a_no(void **state)
{
    (void)state;
    assert_false(negotiate_gzip("gzip;q=0"));
    assert_false(negotiate_gzip("gzip; q=0.000"));
    assert_false(negotiate_gzip("gzip ;Q=0."));
    assert_false(negotiate_gzip("gzip;q=0, *"));
    assert_false(negotiate_gzip("*;q=0"));
    assert_true(negotiate_gzip("gzip;q=0.001"));
    assert_true(negotiate_gzip("*;q=0, gzip"));
}

static void a_quality_that_makes_no_sense_is_a_no(void **state)
{
    (void)state;
    assert_false(negotiate_gzip("gzip;q="));
    assert_false(negotiate_gzip("gzip;q=x"));
    assert_false(negotiate_gzip("gzip;q=-1"));
    assert_false(negotiate_gzip("gzip;q=9"));
    assert_false(negotiate_gzip("gzip;q=1.1"));
}

static void identity_wins_where_it_is_liked_better(void **state)
{
    (void)state;
    assert_false(negotiate_gzip("gzip;q=0.5, identity;q=0.8"));
    assert_false(negotiate_gzip("identity, *;q=0.5"));
    assert_true(negotiate_gzip("gzip;q=0.8, identity;q=0.5"));
    assert_true(negotiate_gzip("identity;q=0, gzip;q=0.1"));
}

/* --- Available-Dictionary --------------------------------------------------------------------- */

static bool takes_delta(const char *accept_encoding, const char *available_dictionary)
{
    char name[DICTIONARY_NAME_MAX] = "x";
    bool takes = negotiate_delta(name, accept_encoding, available_dictionary);

    assert_string_equal(name, takes ? NAME : "");
    return takes;
}

static void a_delta_is_for_those_who_offer_a_dictionary_and_name_dcz(void **state)
{
    (void)state;
    assert_true(takes_delta("gzip, deflate, br, zstd, dcb, dcz", OFFERED));
    assert_true(takes_delta("DCZ", OFFERED));
    assert_true(takes_delta("gzip;q=0.5, dcz;q=0.8", OFFERED));
    assert_false(takes_delta("gzip, deflate, br, zstd, dcb", OFFERED));
    assert_false(takes_delta("*", OFFERED));
    assert_false(takes_delta("", OFFERED));
    assert_false(takes_delta(NULL, OFFERED));
    assert_false(takes_delta("dcz", NULL));
    assert_false(takes_delta("dcz", "../../../etc/passwd"));
}

static void a_delta_is_not_for_those_who_like_something_better(void **state)
{
    (void)state;
    assert_false(takes_delta("dcz;q=0", OFFERED));
    assert_false(takes_delta("dcz;q=0.5, gzip", OFFERED));
    assert_false(takes_delta("dcz;q=0.5, identity;q=0.8", OFFERED));
}

/* --- ETag and If-None-Match ------------------------------------------------------------------- */

static void a_tag_names_revision_board_and_encoding(void **state)
{
    char etag[ETAG_MAX];

    (void)state;
    negotiate_etag(etag, &identity);
    assert_string_equal(etag, "\"17-leaderboard\"");
    negotiate_etag(etag, &gzipped);
    assert_string_equal(etag, "\"17-leaderboard-gzip\"");
    negotiate_etag(etag, &delta);
    assert_string_equal(etag, "\"17-leaderboard-dcz-" NAME "\"");
}

static void expect_changed(const struct variant *variant, const char *if_none_match)
{
    char etag[ETAG_MAX], own[ETAG_MAX];

    negotiate_etag(own, variant);
    assert_false(negotiate_unchanged(etag, variant, if_none_match, "gzip, br, dcz", ""));
    assert_string_equal(etag, own);
}

static void expect_match(const struct variant *variant, const char *if_none_match,
                         const char *accept_encoding, const char *echoed)
{
    char etag[ETAG_MAX];

    assert_true(
        negotiate_unchanged(etag, variant, if_none_match, accept_encoding, variant->dictionary));
    assert_string_equal(etag, echoed);
}

static void another_tag_is_a_change(void **state)
{
    (void)state;
    expect_changed(&identity, NULL);
    expect_changed(&identity, "");
    expect_changed(&identity, "\"16-leaderboard\"");
    expect_changed(&identity, "\"17-leaderboard-teams\"");
    expect_changed(&identity, "\"17-leader\", \"117-leaderboard\"");
    expect_changed(&identity, "\"17-leaderboard-\"");
    expect_changed(&identity, "\"17-leaderboard-gzip-gzip\"");
    expect_changed(&gzipped, "\"17-leaderboardgzip\"");
}

static void the_own_tag_matches_wherever_it_stands(void **state)
{
    (void)state;
    expect_match(&identity, "\"17-leaderboard\"", NULL, "\"17-leaderboard\"");
    expect_match(&gzipped, "\"x\" , \"17-leaderboard-gzip\",\"y\"", "gzip",
                 "\"17-leaderboard-gzip\"");
    expect_match(&identity, "\"a,b\",\"17-leaderboard\"", NULL, "\"17-leaderboard\"");
}

static void a_star_matches_whatever_is_there(void **state)
{
    (void)state;
    expect_match(&identity, "*", NULL, "\"17-leaderboard\"");
    expect_match(&gzipped, " *", "gzip", "\"17-leaderboard-gzip\"");
    expect_changed(&identity, "**");
    expect_changed(&identity, "\"*\"");
}

static void what_a_proxy_made_of_the_tag_matches_and_is_echoed(void **state)
{
    (void)state;
    expect_match(&identity, "\"17-leaderboard-br\"", "br", "\"17-leaderboard-br\"");
    expect_match(&identity, "\"17-leaderboard-gzip\"", NULL, "\"17-leaderboard-gzip\"");
    expect_match(&identity, "W/\"17-leaderboard\"", NULL, "W/\"17-leaderboard\"");
    expect_match(&gzipped, "W/\"17-leaderboard-gzip\"", "gzip", "W/\"17-leaderboard-gzip\"");
    expect_match(&gzipped, "\"17-leaderboard\"", "gzip", "\"17-leaderboard\"");
}

static void the_form_that_we_would_send_is_echoed_first(void **state)
{
    (void)state;
    expect_match(&gzipped, "\"17-leaderboard\", \"17-leaderboard-gzip\"", "gzip",
                 "\"17-leaderboard-gzip\"");
    expect_match(&identity, "\"17-leaderboard-gzip\", \"17-leaderboard\"", NULL,
                 "\"17-leaderboard\"");
}

static void a_form_that_the_client_cannot_read_is_no_match(void **state)
{
    char etag[ETAG_MAX];

    (void)state;
    assert_false(negotiate_unchanged(etag, &identity, "\"17-leaderboard-gzip\"", "identity", ""));
    assert_false(
        negotiate_unchanged(etag, &identity, "\"17-leaderboard-br\"", "gzip;q=0, br;q=0", ""));
    assert_false(negotiate_unchanged(etag, &identity, "\"17-leaderboard-gzip\"", "", ""));
    assert_string_equal(etag, "\"17-leaderboard\"");
}

static void a_delta_is_for_those_who_have_its_dictionary(void **state)
{
    static const char tag[] = "\"17-leaderboard-dcz-" NAME "\"";
    char etag[ETAG_MAX];

    (void)state;
    expect_match(&delta, tag, "gzip, dcz", tag);
    expect_match(&delta, "\"17-leaderboard-gzip\"", "gzip, dcz", "\"17-leaderboard-gzip\"");
    assert_false(negotiate_unchanged(etag, &delta,
                                     "\"17-leaderboard-dcz-"
                                     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
                                     "dcz", NAME));
    expect_changed(&identity, tag);
    expect_changed(&gzipped, tag);
    assert_false(negotiate_unchanged(etag, &delta, "\"17-leaderboard-dcz-\"", "dcz", NAME));
    assert_false(negotiate_unchanged(etag, &delta, "\"17-leaderboard-dcz\"", "dcz", NAME));
    assert_false(negotiate_unchanged(etag, &identity, "\"17-leaderboard-dcz-\"", "dcz", ""));
}

static void a_list_that_breaks_off_matches_what_came_before(void **state)
{
    (void)state;
    expect_changed(&identity, "17-leaderboard");
    expect_changed(&identity, "\"17-leaderboard");
    expect_changed(&identity, "x, \"17-leaderboard\"");
    expect_changed(&identity, "W/");
    expect_match(&identity, "\"17-leaderboard\", x", NULL, "\"17-leaderboard\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_for_those_who_name_it),
        cmocka_unit_test(everyone_else_gets_identity),
        cmocka_unit_test(a_quality_of_zero_is_a_no),
        cmocka_unit_test(a_quality_that_makes_no_sense_is_a_no),
        cmocka_unit_test(identity_wins_where_it_is_liked_better),
        cmocka_unit_test(a_delta_is_for_those_who_offer_a_dictionary_and_name_dcz),
        cmocka_unit_test(a_delta_is_not_for_those_who_like_something_better),
        cmocka_unit_test(a_tag_names_revision_board_and_encoding),
        cmocka_unit_test(another_tag_is_a_change),
        cmocka_unit_test(the_own_tag_matches_wherever_it_stands),
        cmocka_unit_test(a_star_matches_whatever_is_there),
        cmocka_unit_test(what_a_proxy_made_of_the_tag_matches_and_is_echoed),
        cmocka_unit_test(the_form_that_we_would_send_is_echoed_first),
        cmocka_unit_test(a_form_that_the_client_cannot_read_is_no_match),
        cmocka_unit_test(a_delta_is_for_those_who_have_its_dictionary),
        cmocka_unit_test(a_list_that_breaks_off_matches_what_came_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
