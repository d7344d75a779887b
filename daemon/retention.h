/*
 * retention: how many old revisions stay on the disk. Pure.
 *
 * An old revision stays while it is young (a request may just be opening it), and further while the
 * old ones together are small. It is always the newest that stay.
 */
#ifndef DAEMON_RETENTION_H
#define DAEMON_RETENTION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/config.h"

struct old_revision {
    int64_t revision;
    int64_t bytes;         /* of its files */
    int64_t superseded_at; /* monotonic_ms() */
};

/* How many of `n` old revisions, newest first, stay by config's keep_age and keep_bytes; keep_min
 * and keep_max count all revisions, the current one too, and have the last word. */
size_t retention_count(const struct config *config, const struct old_revision *old, size_t n,
                       int64_t now);

#endif
