/*
 * query: one parameter out of a query string.
 *
 * Names and values are decoded (%XX, and + for a space) before anything is made of them. Servers
 * differ in whether they normalise a query on the way, so that without decoding `rev=%31` would be
 * good behind one and bad behind another, and a second `rev` could hide behind an encoding. What is
 * no valid %XX stands for itself.
 */
#ifndef FCGI_QUERY_H
#define FCGI_QUERY_H

#include <stddef.h>

#define QUERY_VALUE_MAX 64

struct query_parameter {
    size_t times;                /* how often it occurs */
    size_t len;                  /* of its last value, which may be longer than is kept here */
    char value[QUERY_VALUE_MAX]; /* not terminated: it may hold any byte, NUL too */
};

struct query_parameter query_find(const char *query, const char *name);

#endif
