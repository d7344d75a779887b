/*
 * responder: the process around a function that answers requests.
 *
 * One process answers one request at a time; several share a listening socket, their standard input
 * (spawn-fcgi, systemd, lighttpd's bin-path). Run with anything else there, it is a plain CGI
 * program: one request out of the environment, one answer on standard output. The function sees no
 * difference.
 */
#ifndef FCGI_RESPONDER_H
#define FCGI_RESPONDER_H

#include "fcgi/http.h"
#include "lib/config.h"

/* Answers one request. `response` is a 200 with nothing in it. */
typedef void responder_function(void *context, const struct request *request,
                                struct response *response);

/* Reads the command line (but not a CGI program's) and the config, and opens the log. Ends the
 * program on -h, -V, -n, and on a bad command line or config. */
void responder_start(int argc, char **argv, const char *program, struct config *config);

/* Answers until SIGTERM or SIGINT, or the one CGI request. The program's exit status. */
int responder_serve(responder_function *answer, void *context);

#endif
