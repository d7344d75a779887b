#include "daemon/origin.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

/* --- Whose address it is ---------------------------------------------------------------------- */

#define BLANKS " \t"

/* Cuts the last element off a list that commas part. */
static size_t last_element(const char *list, size_t *len, const char **element)
{
    size_t end = *len, start;

    while (end > 0 && strchr(BLANKS, list[end - 1]))
        end--;
    for (start = end; start > 0 && list[start - 1] != ',';)
        start--;
    *len = start > 0 ? start - 1 : 0;
    while (start < end && strchr(BLANKS, list[start]))
        start++;
    *element = list + start;
    return end - start;
}

static origin_id id_of(const struct address *address)
{
    size_t from = address_is_ipv4(address) ? 12 : 0, to = from == 0 ? 8 : 16;
    origin_id id = 0;

    for (size_t i = from; i < to; i++)
        id = id << 8 | address->bytes[i];
    return id;
}

origin_id origin_of(const char *forwarded_for, size_t len, const struct networks *trusted)
{
    while (len > 0) {
        struct address address;
        const char *element;
        size_t n = last_element(forwarded_for, &len, &element);

        if (!address_parse(element, n, &address))
            return ORIGIN_UNKNOWN;
        if (!networks_contain(trusted, &address))
            return id_of(&address);
    }
    return ORIGIN_UNKNOWN;
}

/* --- How many come from each ------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    origin_id x = ((const struct origin *)a)->id, y = ((const struct origin *)b)->id;

    return (x > y) - (x < y);
}

/* The one with this id, made if it is not there; NULL: no memory. */
static struct origin *find(struct origins *origins, origin_id id)
{
    struct origin key = {.id = id}, *made;
    struct origin **found = tfind(&key, &origins->tree, compare);

    if (found)
        return *found;
    made = malloc(sizeof *made);
    if (made) {
        *made = key;
        if (tsearch(made, &origins->tree, compare))
            return made;
    }
    free(made);
    return NULL;
}

static void tell(struct origin *origin, int64_t max)
{
    if (!origin->refused)
        log_warn("%" PRId64 " streams come from one address; more of them are refused "
                 "(max_per_address)",
                 max);
    origin->refused = true;
}

struct origin *origins_enter(struct origins *origins, origin_id id, int64_t max)
{
    struct origin *origin = find(origins, id);

    if (origin && origin->clients >= max) {
        tell(origin, max);
        return NULL;
    }
    if (origin)
        origin->clients++;
    return origin;
}

void origins_leave(struct origins *origins, struct origin *origin)
{
    if (!origin || --origin->clients > 0)
        return;
    tdelete(origin, &origins->tree, compare);
    free(origin);
}
