#include "daemon/link.h"

#include "lib/log.h"
#include "lib/timestamp.h"

bool link_works(const struct link *l)
{
    return l->up || !l->known;
}

void link_set(struct link *l, bool up, const struct err *err)
{
    if (up)
        l->err.text[0] = '\0';
    else
        l->err = *err;
    if (l->known && l->up == up)
        return;
    if (!up)
        log_warn("%s: %s. %s", l->name, l->err.text, l->remedy);
    else if (l->known)
        log_info("%s: works again", l->name);
    l->known = true;
    l->up = up;
    l->since = timestamp_now() / 1000;
}

void link_settle(struct link *l, bool owed)
{
    if (l->known && !owed)
        link_set(l, true, &l->err);
}
