/*
 * debounce: when has it been quiet for long enough? Pure.
 *
 * A trailing timer that each event re-arms, but never past `max_wait` after the first: a burst
 * gives one rebuild, and a steady stream cannot starve the boards. All times are monotonic
 * milliseconds.
 */
#ifndef DAEMON_DEBOUNCE_H
#define DAEMON_DEBOUNCE_H

#include <stdbool.h>
#include <stdint.h>

struct debounce {
    int64_t quiet, max_wait;
    int64_t first; /* of the events since it was last cleared */
    int64_t due;
    bool armed;
};

void debounce_init(struct debounce *d, int64_t quiet, int64_t max_wait);
void debounce_event(struct debounce *d, int64_t now);
void debounce_clear(struct debounce *d);

#endif
