#include "daemon/retention.h"

size_t retention_count(const struct config *config, const struct old_revision *old, size_t n,
                       int64_t now)
{
    size_t least = (size_t)config->keep_min - 1; /* the current one is not among the old */
    size_t most = (size_t)config->keep_max - 1;
    int64_t bytes = 0;
    size_t count = 0;

    while (count < n) {
        bytes += old[count].bytes;
        if (now - old[count].superseded_at >= config->keep_age && bytes > config->keep_bytes &&
            count >= least)
            break;
        count++;
    }
    return count < most ? count : most;
}
