#include "lib/sentinel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS   " \t,"
#define DEFAULT_PORT 26379

bool redis_port_parse(const char *text, int *port)
{
    char *end = NULL;
    long number = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;

    if (number < 1 || number > 65535 || *end != '\0')
        return false;
    *port = (int)number;
    return true;
}

/* Takes `word` apart. More than one colon without brackets is an IPv6 address alone. */
static bool parse_address(char *word, struct redis_address *address)
{
    char *host = word, *colon = strchr(word, ':'), *end;

    address->port = DEFAULT_PORT;
    if (*word == '[') {
        host = word + 1;
        end = strchr(host, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return false;
        colon = end[1] == ':' ? end + 1 : NULL;
        *end = '\0';
    } else if (colon && strchr(colon + 1, ':')) {
        colon = NULL;
    }
    if (colon && !redis_port_parse(colon + 1, &address->port))
        return false;
    if (colon)
        *colon = '\0';
    snprintf(address->host, sizeof address->host, "%s", host);
    return *host != '\0';
}

int sentinel_next(const char **line, struct redis_address *address, struct err *err)
{
    const char *begin = *line + strspn(*line, SEPARATORS);
    size_t len = strcspn(begin, SEPARATORS);
    char word[SENTINEL_HOST_MAX];

    if (len == 0)
        return 1;
    snprintf(word, sizeof word, "%.*s", (int)len, begin);
    if (len >= sizeof word || !parse_address(word, address))
        return err_set(err, "must be HOST or HOST:PORT, not \"%.*s\"", len < 60 ? (int)len : 60,
                       begin);
    *line = begin + len;
    return 0;
}

int sentinel_check(const char *line, struct err *err)
{
    struct redis_address address;
    int rc;

    do
        rc = sentinel_next(&line, &address, err);
    while (rc == 0);
    return rc < 0 ? -1 : 0;
}
