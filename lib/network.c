#include "lib/network.h"

#include <arpa/inet.h>
#include <string.h>

#define IPV4_PREFIX "\0\0\0\0\0\0\0\0\0\0\xff\xff"
#define IPV4_AT     12 /* where the four bytes are */
#define BITS        128

/* --- Addresses -------------------------------------------------------------------------------- */

static bool read_address(const char *text, size_t len, struct address *address)
{
    char terminated[INET6_ADDRSTRLEN];

    if (len >= sizeof terminated || memchr(text, '\0', len))
        return false;
    memcpy(terminated, text, len);
    terminated[len] = '\0';
    if (inet_pton(AF_INET6, terminated, address->bytes) == 1)
        return true;
    memcpy(address->bytes, IPV4_PREFIX, IPV4_AT);
    return inet_pton(AF_INET, terminated, address->bytes + IPV4_AT) == 1;
}

static bool is_port(const char *text, size_t len)
{
    for (size_t i = 1; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len == 0 || (text[0] == ':' && len > 1 && len <= strlen(":65535"));
}

static bool parse_bracketed(const char *text, size_t len, struct address *address)
{
    const char *end = memchr(text, ']', len);
    size_t inside = end ? (size_t)(end - text) - 1 : 0;

    return end && is_port(end + 1, len - inside - 2) && read_address(text + 1, inside, address);
}

bool address_parse(const char *text, size_t len, struct address *address)
{
    const char *colon = memchr(text, ':', len), *dot = memchr(text, '.', len);
    size_t host = len;

    if (len > 0 && text[0] == '[')
        return parse_bracketed(text, len, address);
    if (colon && dot &&
        dot < colon) /* IPv4 and a port: in ::ffff:192.0.2.1 the colons come first */
        host = (size_t)(colon - text);
    return is_port(text + host, len - host) && read_address(text, host, address);
}

bool address_is_ipv4(const struct address *address)
{
    return memcmp(address->bytes, IPV4_PREFIX, IPV4_AT) == 0;
}

/* --- Networks --------------------------------------------------------------------------------- */

/* `text` is what follows the slash. */
static bool parse_bits(const char *text, size_t len, unsigned max, unsigned *bits)
{
    *bits = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *bits = *bits * 10 + (unsigned)(text[i] - '0');
    }
    return len > 0 && len <= 3 && *bits <= max;
}

static bool parse_network(const char *text, size_t len, struct network *network)
{
    const char *slash = memchr(text, '/', len);
    size_t host = slash ? (size_t)(slash - text) : len;
    unsigned before; /* bits that stand before those that are written */

    if (!read_address(text, host, &network->address))
        return false;
    before = address_is_ipv4(&network->address) && !memchr(text, ':', host) ? IPV4_AT * 8 : 0;
    network->bits = BITS - before;
    if (slash && !parse_bits(slash + 1, len - host - 1, BITS - before, &network->bits))
        return false;
    network->bits += before;
    return true;
}

int networks_parse(struct networks *networks, const char *text, struct err *err)
{
    static const char separators[] = " \t,";
    struct networks parsed = {0};
    size_t len;

    for (text += strspn(text, separators); *text; text += len + strspn(text + len, separators)) {
        len = strcspn(text, separators);
        if (parsed.count == NETWORKS_MAX)
            return err_set(err, "more than %d networks", NETWORKS_MAX);
        if (!parse_network(text, len, &parsed.list[parsed.count++]))
            return err_set(err, "\"%.*s\" is no address and no network", (int)len, text);
    }
    *networks = parsed;
    return 0;
}

static bool network_contains(const struct network *network, const struct address *address)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    const unsigned char *a = network->address.bytes, *b = address->bytes;

    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

bool networks_contain(const struct networks *networks, const struct address *address)
{
    for (size_t i = 0; i < networks->count; i++)
        if (network_contains(&networks->list[i], address))
            return true;
    return false;
}
