/*
 * faults: makes one call of the system fail, the Nth of its kind. A program that is linked with this
 * runs a piece of work again and again with N rising until nothing is left to fail, and looks each
 * time whether all is well once the fault is gone.
 *
 * What allocates memory fails in our own code, and in libevent and cJSON for us: the linker puts
 * these functions in the place of malloc() and its like (--wrap, Makefile.am). All others fail for
 * libpq and hiredis, too, since a program's own functions come before those of libc.
 */
#ifndef TESTS_FAULTS_FAULTS_H
#define TESTS_FAULTS_FAULTS_H

#include <stdbool.h>

#include "lib/err.h"

enum faulty {
    CALL_MALLOC, /* calloc, realloc, strdup, ... */
    CALL_OPEN,
    CALL_READ, /* and fts_read */
    CALL_WRITE,
    CALL_RENAME, /* and mkdir, symlink, chmod */
    CALL_REMOVE,
    CALL_SOCKET,
    CALL_CONNECT,
    CALL_SEND,
    CALL_RECV,
    CALL_ACCEPT,
    CALL_THREAD,
    CALL_FSYNC,
    CALL_COUNT
};

struct work {
    const char *name;
    void (*prepare)(void); /* before each try; NULL: nothing */
    void (*run)(void);     /* what may fail, but neither crash nor keep anything; in a child */
    void (*check)(void);   /* without a fault: the same again must succeed */
};

/* Runs it for each N of each call. From argv: a step for N (1: every call), and the calls' names where
 * not all of them are to fail. Ends the program where something is broken. */
void faults_try(const struct work *work, int argc, char **argv);

/* Within run(): nothing fails from here on. */
void faults_over(void);

/* For checks: says what is broken, and where the fault was, and ends the program. */
#define EXPECT(condition, ...) \
    ((condition) ? (void)0 : faults_broken(__FILE__, __LINE__, #condition, __VA_ARGS__))
_Noreturn void faults_broken(const char *file, int line, const char *condition, const char *fmt,
                             ...) PRINTF_LIKE(4, 5);

#endif
