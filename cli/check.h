/*
 * check: whether the functions of a platform's file give what a daemon can make boards of.
 */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct findings {
    int wrong;       /* how many things */
    bool unreadable; /* some function is not there, or cannot be read: there would be no boards */
};

/* Looks inside `db`'s open transaction, as whoever it acts for, and leaves it as it was. Prints what is
 * wrong; if `whole`, what is remarkable, too, how long each function takes to read, and the first ten
 * of each board. -1: it could not look. */
int check_functions(PGconn *db, const char *schema, int64_t deadline_ms, bool whole,
                    struct findings *findings, struct err *err) MUST_CHECK;

/* The transaction acts for this role from here on, if it may: 1; else 0. */
int check_as(PGconn *db, const char *role, int64_t deadline_ms, struct err *err) MUST_CHECK;

#endif
