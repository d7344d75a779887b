/*
 * check: whether the functions of a platform's file give what a daemon can make boards of.
 */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <libpq-fe.h>
#include <stdint.h>

#include "lib/err.h"

/* Prints what is wrong, what is remarkable, how long each function takes to read, and the first ten
 * of each board, as whoever `db`'s transaction acts for. Returns how many things are wrong, or -1: it
 * cannot say. Inside a transaction, which it leaves as it was; *not* inside one that has failed. */
int check_functions(PGconn *db, const char *schema, int64_t deadline_ms,
                    struct err *err) MUST_CHECK;

#endif
