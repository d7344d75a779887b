#include "daemon/debounce.h"

void debounce_init(struct debounce *d, int64_t quiet, int64_t max_wait)
{
    *d = (struct debounce){.quiet = quiet, .max_wait = max_wait};
}

void debounce_event(struct debounce *d, int64_t now)
{
    if (!d->armed)
        d->first = now;
    d->armed = true;
    d->due = now + d->quiet;
    if (d->due > d->first + d->max_wait)
        d->due = d->first + d->max_wait;
}

void debounce_clear(struct debounce *d)
{
    d->armed = false;
}
