#include "lib/revision.h"

bool revision_parse(const char *text, size_t len, int64_t *revision)
{
    int64_t n = 0;

    if (len == 0 || len >= REVISION_MAX || text[0] == '0')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        n = n * 10 + (text[i] - '0');
    }
    if (n > REVISION_LAST)
        return false;
    *revision = n;
    return true;
}
