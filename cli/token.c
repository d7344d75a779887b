/*
 * token: makes a bearer token, for the events call or for the staff's boards.
 *
 * 32 random bytes, base64url, one line of [publish] token_file or [read] staff_token_file. Tokens are taken back by deleting
 * their line. The token is printed once and is nowhere else: whoever lost it makes another.
 */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET_BYTES 32
#define TOKEN_LEN    43 /* base64 without padding: 6 bits a character */

enum { TOKEN_STAFF };

static int run_token(const struct call *call, struct err *err);

const struct command token_command = {
    .name = "token",
    .help = "make a bearer token for POST /api/scoreboard/events, and print it",
    .options = {[TOKEN_STAFF] = {"staff", NULL, NULL,
                                 "for the staff's boards instead: unfrozen, and before they are "
                                 "shown"}},
    .run = run_token,
};

/* RFC 4648, section 5. */
static void encode(const unsigned char secret[SECRET_BYTES], char token[TOKEN_LEN + 1])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (int i = 0; i < TOKEN_LEN; i++) {
        int bit = i * 6, byte = bit / 8;
        unsigned pair =
            (unsigned)secret[byte] << 8 | (byte + 1 < SECRET_BYTES ? secret[byte + 1] : 0);
        token[i] = alphabet[pair >> (10 - bit % 8) & 63];
    }
    token[TOKEN_LEN] = '\0';
}

/* An editor may have left the last line without its end; ours must not become a part of it. */
static bool lacks_line_end(int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    char last;

    return end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n';
}

static int append(const char *path, const char *token, struct err *err)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    const char *before;
    int written;

    if (fd < 0)
        return err_set(err, "token_file %s: %s", path, strerror(errno));
    before = lacks_line_end(fd) ? "\n" : "";
    written = dprintf(fd, "%s%s\n", before, token);
    if (close(fd) || written < TOKEN_LEN + 1)
        return err_set(err, "token_file %s: %s", path, strerror(errno));
    return 0;
}

static int run_token(const struct call *call, struct err *err)
{
    const struct config *config = call->config;
    const char *path = call->values[TOKEN_STAFF] ? config->staff_token_file : config->token_file;
    unsigned char secret[SECRET_BYTES];
    char token[TOKEN_LEN + 1];

    arc4random_buf(secret, sizeof secret);
    encode(secret, token);
    if (append(path, token, err) < 0)
        return -1;
    puts(token);
    return 0;
}
