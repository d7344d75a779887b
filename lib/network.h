/*
 * network: IP addresses, and lists of networks that they may be in.
 *
 * All addresses are IPv6 ones here: IPv4's are those below ::ffff:0:0/96, which is also how a socket
 * that takes both tells of them. So 192.0.2.1 and ::ffff:192.0.2.1 are one address, and 10.0.0.0/8
 * is ten times sixteen bits longer than it looks.
 */
#ifndef LIB_NETWORK_H
#define LIB_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct address {
    unsigned char bytes[16];
};

/* As a proxy writes it: 192.0.2.1, 2001:db8::1, [2001:db8::1], either with :port (IPv6 in brackets
 * alone). False: no address. */
bool address_parse(const char *text, size_t len, struct address *address);

bool address_is_ipv4(const struct address *address);

struct network {
    struct address address;
    unsigned bits; /* of its prefix, 0 to 128 */
};

#define NETWORKS_MAX 64
struct networks {
    struct network list[NETWORKS_MAX];
    size_t count;
};

/* `127.0.0.1 10.0.0.0/8, 2001:db8::/32`: parted by blanks or commas; "" is none. The error names what
 * is no network. */
int networks_parse(struct networks *networks, const char *text, struct err *err) MUST_CHECK;
bool networks_contain(const struct networks *networks, const struct address *address);

#endif
