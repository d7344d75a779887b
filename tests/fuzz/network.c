/*
 * Lists of networks, and the addresses that proxies write down. Input: a line with networks
 * ([stream] trusted_proxies), then a value of X-Forwarded-For.
 */
#include "lib/network.h"

#include <arpa/inet.h>

#include "daemon/origin.h"
#include "tests/fuzz/fuzz.h"

static bool same_address(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static void check_network(const struct network *network)
{
    char written[INET6_ADDRSTRLEN + 8];
    struct networks again;
    struct err err;

    CHECK(network->bits <= 128);
    CHECK(inet_ntop(AF_INET6, network->address.bytes, written, INET6_ADDRSTRLEN));
    sprintf(written + strlen(written), "/%u", network->bits);
    CHECK(networks_parse(&again, written, &err) == 0 && again.count == 1);
    CHECK(same_address(&again.list[0].address, &network->address));
    CHECK(again.list[0].bits == network->bits);
    CHECK(networks_contain(&again, &network->address));
}

static void check_address(const char *text, size_t len)
{
    static const char alphabet[] = "0123456789abcdefABCDEF.:[]";
    struct address address, again;
    char written[INET6_ADDRSTRLEN];

    if (!address_parse(text, len, &address))
        return;
    for (size_t i = 0; i < len; i++)
        CHECK(text[i] && strchr(alphabet, text[i]));
    CHECK(inet_ntop(AF_INET6, address.bytes, written, sizeof written));
    CHECK(address_parse(written, strlen(written), &again) && same_address(&address, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    char *list = input_line(&in);
    struct networks networks = {.count = 77};
    struct err err = {""};

    if (networks_parse(&networks, list, &err) == 0) {
        CHECK(networks.count <= NETWORKS_MAX);
        for (size_t i = 0; i < networks.count; i++)
            check_network(&networks.list[i]);
    } else {
        CHECK(err.text[0] && networks.count == 77);
        networks.count = 0;
    }
    check_address((const char *)in.at, input_left(&in));
    (void)origin_of((const char *)in.at, input_left(&in), &networks);
    free(list);
    return 0;
}
