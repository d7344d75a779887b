/*
 * sentinel: the line that names Redis Sentinels, `HOST[:PORT] ...` (an IPv6 address in brackets, where
 * a port follows). lib/redis.c asks them.
 */
#ifndef LIB_SENTINEL_H
#define LIB_SENTINEL_H

#include <stdbool.h>

#include "lib/err.h"

#define SENTINEL_HOST_MAX 256

struct redis_address {
    char host[SENTINEL_HOST_MAX];
    int port;
};

/* The next address of the line; *line moves behind it. 0: one, 1: there is none left, -1: what stands
 * there is no address. */
int sentinel_next(const char **line, struct redis_address *address, struct err *err) MUST_CHECK;

/* Whether all of the line is addresses. */
int sentinel_check(const char *line, struct err *err) MUST_CHECK;

/* A port of 1 to 65535, all of the text. */
bool redis_port_parse(const char *text, int *port);

#endif
