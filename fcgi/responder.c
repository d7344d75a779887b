#include "fcgi/responder.h"

#include <fcgiapp.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/log.h"

#define LISTEN_FD 0 /* FastCGI's convention, and FCGX_Accept_r's */

extern char **environ;

/* --- The command line ------------------------------------------------------------------------- */

static void print_usage(FILE *out, const char *program)
{
    fprintf(out,
            "Usage: %s [-c FILE]\n\n"
            "A FastCGI responder on the socket that is its standard input, or a CGI program.\n\n"
            "Options:\n"
            "  -c, --config FILE  the config (now: %s)\n"
            "  -n, --check        check the config and exit\n"
            "  -h, --help         this text\n"
            "  -V, --version      the version\n",
            program, config_default_path());
}

static void load_config(const char *program, const char *path, struct config *config)
{
    struct err err;

    if (config_load(config, path, &err)) {
        fprintf(stderr, "%s: %s\n", program, err.text);
        exit(EX_CONFIG);
    }
    log_open(program, (enum log_level)config->log_level);
}

void responder_start(int argc, char **argv, const char *program, struct config *config)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    const char *path = config_default_path();
    bool check = false;
    int option;

    /* A CGI program's arguments may be the words of a viewer's query (RFC 3875, 4.4). */
    if (getenv("REQUEST_METHOD"))
        argc = 1;
    while ((option = getopt_long(argc, argv, "c:nhV", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 'n':
            check = true;
            break;
        case 'h':
            print_usage(stdout, program);
            exit(EXIT_SUCCESS);
        case 'V':
            printf("%s %s\n", program, PACKAGE_VERSION);
            exit(EXIT_SUCCESS);
        default:
            print_usage(stderr, program);
            exit(EX_USAGE);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument: %s\n", program, argv[optind]);
        exit(EX_USAGE);
    }
    load_config(program, path, config);
    if (check) {
        config_release(config);
        exit(EXIT_SUCCESS);
    }
}

/* --- One request ------------------------------------------------------------------------------ */

static const char *param_or_empty(const char *name, char **params)
{
    const char *value = FCGX_GetParam(name, params);

    return value ? value : "";
}

static void fill_request(struct request *request, char **params, const struct http_stream *stream)
{
    *request = (struct request){
        .method = param_or_empty("REQUEST_METHOD", params),
        .query = param_or_empty("QUERY_STRING", params),
        .accept_encoding = FCGX_GetParam("HTTP_ACCEPT_ENCODING", params),
        .available_dictionary = FCGX_GetParam("HTTP_AVAILABLE_DICTIONARY", params),
        .if_none_match = FCGX_GetParam("HTTP_IF_NONE_MATCH", params),
        .origin = FCGX_GetParam("HTTP_ORIGIN", params),
        .authorization = FCGX_GetParam("HTTP_AUTHORIZATION", params),
        .content_type = FCGX_GetParam("CONTENT_TYPE", params),
        .content_length = FCGX_GetParam("CONTENT_LENGTH", params),
        .stream = stream,
    };
    request_set_path(request, FCGX_GetParam("REQUEST_URI", params),
                     param_or_empty("SCRIPT_NAME", params), param_or_empty("PATH_INFO", params));
}

static void answer_one(responder_function *answer, void *context, char **params,
                       const struct http_stream *stream)
{
    struct request request;
    struct response response;
    struct err err;

    fill_request(&request, params, stream);
    response_init(&response);
    answer(context, &request, &response);
    if (response_send(&response, &request, &err))
        log_info("%s %s: %s", request.method, request.path, err.text);
    response_release(&response);
}

/* --- FastCGI ---------------------------------------------------------------------------------- */

static volatile sig_atomic_t stopping;

/* Without SA_RESTART this interrupts a waiting accept(2); closing the socket makes one that is just
 * about to be called fail too. The other processes that share the socket do not notice. Once alone:
 * by the second signal the number may be the board's that is being sent. */
static void stop(int signal_number)
{
    (void)signal_number;
    if (!stopping)
        close(LISTEN_FD);
    stopping = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL); /* FastCGI's own word for it */
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static size_t fcgi_read(void *peer, char *bytes, size_t n)
{
    FCGX_Request *request = peer;
    int got = FCGX_GetStr(bytes, (int)n, request->in);

    return got > 0 ? (size_t)got : 0;
}

static bool fcgi_write(void *peer, const char *bytes, size_t n)
{
    FCGX_Request *request = peer;

    return FCGX_PutStr(bytes, (int)n, request->out) == (int)n;
}

/* libfcgi takes its leave in four system calls and a sleep: it shuts its side down and waits until
 * the web server has closed the other, lest what that is still sending makes the kernel throw away
 * an answer on its way. A web server that has sent all that it will needs no such care, and that is
 * known without asking: the end of the body came along with the request. */
static void leave_at_once(FCGX_Request *request)
{
    if (FCGX_GetChar(request->in) == EOF)
        FCGX_Detach(request);
}

static int serve_fcgi(responder_function *answer, void *context)
{
    FCGX_Request request;
    struct http_stream stream = {fcgi_read, fcgi_write, &request};
    int failure = 0;

    FCGX_InitRequest(&request, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR);
    while (!stopping && (failure = FCGX_Accept_r(&request)) == 0) {
        answer_one(answer, context, request.envp, &stream);
        leave_at_once(&request);
        FCGX_Finish_r(&request);
    }
    FCGX_Free(&request, 1);
    if (stopping)
        return EXIT_SUCCESS;
    log_error("accepting a request: %s; ending, to be started anew", strerror(-failure));
    return EXIT_FAILURE;
}

/* --- Plain CGI -------------------------------------------------------------------------------- */

static size_t cgi_read(void *peer, char *bytes, size_t n)
{
    (void)peer;
    return fread(bytes, 1, n, stdin);
}

static bool cgi_write(void *peer, const char *bytes, size_t n)
{
    (void)peer;
    return fwrite(bytes, 1, n, stdout) == n;
}

static int serve_cgi(responder_function *answer, void *context)
{
    struct http_stream stream = {cgi_read, cgi_write, NULL};

    if (!getenv("REQUEST_METHOD")) {
        log_error("standard input is no FastCGI socket, and REQUEST_METHOD is not set; this "
                  "program is started by a web server (see --help)");
        return EX_USAGE;
    }
    answer_one(answer, context, environ, &stream);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int responder_serve(responder_function *answer, void *context)
{
    if (FCGX_Init()) {
        log_error("libfcgi does not start");
        return EXIT_FAILURE;
    }
    if (FCGX_IsCGI())
        return serve_cgi(answer, context);
    catch_signals();
    return serve_fcgi(answer, context);
}
