/*
 * origin: from where stream clients come, and how many from each place, so that no one can take all
 * places of the stream.
 *
 * Our peer on the Unix socket is the web server, which is trusted, and whose word is the last address
 * of X-Forwarded-For: it appends there whom it has before it. Is that a proxy which is trusted, too
 * (`trusted_proxies`), the address before it is that proxy's word, and so on; what stands to the left
 * of the first address that nobody trusts is a viewer's own invention. A viewer has an IPv4 address,
 * or the 64 bits of an IPv6 network, within which everybody has addresses without number.
 */
#ifndef DAEMON_ORIGIN_H
#define DAEMON_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/network.h"

/* An IPv6 network's upper half. IPv4 addresses are below 2^32, where IPv6 has none of any viewer. */
typedef uint64_t origin_id;
#define ORIGIN_UNKNOWN 0

/* `forwarded_for` is the value of X-Forwarded-For. ORIGIN_UNKNOWN: it tells of nobody but trusted
 * proxies, or of somebody without an address (the web server listens on a Unix socket itself). */
origin_id origin_of(const char *forwarded_for, size_t len, const struct networks *trusted);

/* One place, for as long as it has clients: so there are never more of these than clients. */
struct origin {
    origin_id id;
    int64_t clients;
    bool refused; /* somebody was, and it was logged */
};

/* A zeroed one is empty. */
struct origins {
    void *tree; /* tsearch(3)'s */
};

/* One client more from there. NULL, when there are `max` of them, or no memory. */
struct origin *origins_enter(struct origins *origins, origin_id id, int64_t max);

/* One less; `origin` may be gone then. Safe on NULL. */
void origins_leave(struct origins *origins, struct origin *origin);

#endif
