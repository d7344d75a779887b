/*
 * canned: the least that any FastCGI responder can do, as the floor of ours.
 *
 *   canned FILE           on FastCGI's listening socket, its standard input
 *
 * Answers every request with the same bytes, which have lighttpd send FILE. It looks at nothing that
 * it is asked, so that what a request costs here is what lighttpd and the kernel take for it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* FastCGI 1.0, 3.3: version, type, request (2), content's length (2), padding, reserved. */
#define RECORD_HEAD_LEN 8
#define RECORD_STDOUT   6
#define RECORD_END      3

static size_t append_record(uint8_t *out, uint8_t type, const void *content, size_t len)
{
    const uint8_t head[RECORD_HEAD_LEN] = {1, type, 0, 1, (uint8_t)(len >> 8), (uint8_t)len};

    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, content, len);
    return sizeof head + len;
}

static size_t compose(uint8_t *out, const char *file)
{
    const uint8_t complete[8] = {0};
    char text[512];
    int text_len = snprintf(text, sizeof text,
                            "Status: 200 OK\r\n"
                            "Content-Type: application/json; charset=utf-8\r\n"
                            "Cache-Control: no-cache\r\n"
                            "X-Sendfile: %s\r\n\r\n",
                            file);
    size_t len;

    if (text_len < 0 || (size_t)text_len >= sizeof text)
        return 0;
    len = append_record(out, RECORD_STDOUT, text, (size_t)text_len);
    return len + append_record(out + len, RECORD_END, complete, sizeof complete);
}

int main(int argc, char **argv)
{
    uint8_t answer[1024], request[8192];
    size_t len = argc == 2 ? compose(answer, argv[1]) : 0;

    if (len == 0) {
        fputs("usage: canned FILE <FASTCGI-SOCKET\n", stderr);
        return EXIT_FAILURE;
    }
    for (;;) {
        int fd = accept(STDIN_FILENO, NULL, NULL);

        if (fd < 0)
            continue;
        if (read(fd, request, sizeof request) <= 0 || write(fd, answer, len) != (ssize_t)len)
            fputs("canned: a request was given up\n", stderr);
        close(fd);
    }
}
