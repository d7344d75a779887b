/*
 * responder: a whole FastCGI program, its main() and all, in libfcgi's stead: it is handed one request
 * for each time that it is run, and its answer is held to what every answer of ours is.
 */
#ifndef TESTS_FUZZ_RESPONDER_H
#define TESTS_FUZZ_RESPONDER_H

#include "fcgi/responder.h"
#include "tests/fuzz/fuzz.h"

int responder_main(int argc, char **argv); /* the program's, renamed */

/* What is asked, and what came of it. */
struct exchange {
    struct request request;
    const char *body; /* of the request */
    size_t body_len;
    int status;
    struct buffer answer; /* headers and body, as they were sent */
    size_t head_len;      /* of the headers, with the empty line */
};

/* Settings for the program's configuration, besides those that a fuzzer's directory needs. */
extern const char responder_settings[];

/* Runs the program for one request. */
void exchange_run(struct exchange *x);
void exchange_release(struct exchange *x);

/* A header's value, which is valid until the next call but three; NULL: there is none. */
const char *exchange_header(const struct exchange *x, const char *name);

#endif
