/*
 * link: a thing that works or does not, and since when: for the log, which gets each change once, and
 * for `scoreboardctl status`.
 */
#ifndef DAEMON_LINK_H
#define DAEMON_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct link {
    const char *name;   /* "PostgreSQL" */
    const char *remedy; /* what to do when it is down */
    bool known, up;
    int64_t since;  /* ms since 1970 */
    struct err err; /* the last failure; empty while it is up */
};

/* Not known yet counts as working: nobody has seen it fail. */
bool link_works(const struct link *l);

/* `err` of a link that is not up. */
void link_set(struct link *l, bool up, const struct err *err);

/* What failed here and was made good by another node, or is not owed any more, works. */
void link_settle(struct link *l, bool owed);

#endif
