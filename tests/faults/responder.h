/*
 * responder: a whole responder, run as a CGI program for one request after the other, with each call of
 * the system failing in turn. Its main() is renamed.
 */
#ifndef TESTS_FAULTS_RESPONDER_H
#define TESTS_FAULTS_RESPONDER_H

#include "lib/buffer.h"
#include "tests/faults/faults.h"

int responder_main(int argc, char **argv);

struct asking {
    const char *name;
    const char *variables[8][2]; /* CGI's, up to the first without a name */
    const char *body;            /* NULL: none */
    void (*prepare)(void);
    /* What was answered while something failed; there may be nothing at all. */
    void (*judge)(const struct buffer *answer);
    /* What was answered once nothing failed any more. */
    void (*expect)(const struct buffer *answer);
};

/* Files go into `directory`. */
void responder_try(const struct asking *asking, const char *config, const char *directory, int argc,
                   char **argv);

#endif
