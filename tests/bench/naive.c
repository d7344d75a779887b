/*
 * naive: the responder that one would write first, to be measured against.
 *
 *   naive SOCKET          on FastCGI's listening socket, its standard input
 *
 * GET /naive/KEY answers with what Redis holds under KEY: the whole board, through Redis' socket
 * and FastCGI's, for every request. It is not made slow: its connection to Redis stays, and it does
 * nothing that the other design would not have to do too.
 */
#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer(FCGX_Request *request, const redisReply *board)
{
    char head[160];

    if (!board || board->type != REDIS_REPLY_STRING) {
        FCGX_PutS("Status: 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", request->out);
        return;
    }
    snprintf(head, sizeof head,
             "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-cache\r\n"
             "Content-Length: %zu\r\n\r\n",
             board->len);
    FCGX_PutS(head, request->out);
    FCGX_PutStr(board->str, (int)board->len, request->out);
}

int main(int argc, char **argv)
{
    redisContext *redis = argc == 2 ? redisConnectUnix(argv[1]) : NULL;
    FCGX_Request request;

    if (!redis || redis->err || FCGX_Init() || FCGX_InitRequest(&request, 0, 0)) {
        fputs("usage: naive SOCKET (of a Redis that runs) <FASTCGI-SOCKET\n", stderr);
        return EXIT_FAILURE;
    }
    while (FCGX_Accept_r(&request) == 0) {
        const char *uri = FCGX_GetParam("REQUEST_URI", request.envp);
        const char *key = uri ? strrchr(uri, '/') : NULL;
        redisReply *board = key ? redisCommand(redis, "GET %s", key + 1) : NULL;

        answer(&request, board);
        freeReplyObject(board);
        FCGX_Finish_r(&request);
    }
    return EXIT_FAILURE;
}
