#include "lib/tokens.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/buffer.h"
#include "lib/file.h"
#include "lib/log.h"

#define BLANKS " \t\r"

const char *tokens_bearer(const char *authorization)
{
    if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
        return NULL;
    return authorization + 7 + strspn(authorization + 7, " ");
}

/* --- The text --------------------------------------------------------------------------------- */

/* Takes the next line's token off the text, long enough or not. False at the end. */
static bool next_token(const char **text, const char **token, size_t *len)
{
    const char *at = *text, *end;

    do {
        at += strspn(at, BLANKS "\n");
        *token = at;
        *len = strcspn(at, BLANKS "#\n");
        end = at + strcspn(at, "\n");
        at = end;
    } while (*len == 0 && *at);
    *text = end;
    return *len > 0;
}

struct token_census tokens_count(const char *text)
{
    struct token_census census = {0};
    const char *token;
    size_t len;

    while (next_token(&text, &token, &len)) {
        if (len < TOKEN_MIN)
            census.too_short++;
        else
            census.good++;
    }
    return census;
}

/* Takes as long as the presented token is, whatever the true one is. `len` is not 0. */
static bool same_token(const char *token, size_t len, const char *presented, size_t presented_len)
{
    unsigned difference = len != presented_len;

    for (size_t i = 0; i < presented_len; i++)
        difference |= (unsigned char)token[i % len] ^ (unsigned char)presented[i];
    return difference == 0;
}

bool tokens_contain(const char *text, const char *token)
{
    size_t presented_len = strlen(token), len;
    const char *known;
    bool found = false;

    while (next_token(&text, &known, &len))
        if (len >= TOKEN_MIN)
            found |= same_token(known, len, token, presented_len);
    return found;
}

/* --- The file --------------------------------------------------------------------------------- */

void token_file_init(struct token_file *file, const char *path, const char *lack)
{
    *file = (struct token_file){.path = path, .lack = lack};
}

void token_file_release(struct token_file *file)
{
    free(file->text);
    *file = (struct token_file){0};
}

/* By the time of its last change, which moves with the content and with the permissions. */
static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The whole file, terminated; NULL on failure. A token holds no NUL, so one in the file ends it. */
static char *read_text(const char *path, struct err *err)
{
    struct buffer text = {.max = TOKENS_FILE_MAX};

    if (file_read(&text, path, err) == 0) {
        text.max = 0;
        buffer_append_char(&text, '\0');
        if (!buffer_failed(&text))
            return text.data;
        err_set(err, "out of memory");
    }
    buffer_release(&text);
    return NULL;
}

static bool is_short_of_means(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM;
}

int token_file_refresh(struct token_file *file, struct err *err)
{
    struct stat now;

    if (stat(file->path, &now) < 0)
        now = (struct stat){0};
    if (file->changes > 0 && same_file(&now, &file->seen))
        return 0;
    file->changes++;
    file->seen = now; /* looked at before reading: a change meanwhile is seen next time */
    free(file->text);
    errno = 0;
    file->text = read_text(file->path, err);
    if (!file->text && is_short_of_means(errno))
        file->seen = (struct stat){0}; /* the file is not at fault: so it is looked at again */
    return file->text ? 1 : err_prefix(err, "token file %s", file->path);
}

/* Once for each change of it. */
void token_file_look(struct token_file *file)
{
    struct token_census census;
    struct err err;
    int changed = token_file_refresh(file, &err);

    if (changed < 0)
        log_error("%s; %s", err.text, file->lack);
    if (changed <= 0)
        return;
    census = tokens_count(file->text);
    if (census.good == 0)
        log_warn("%s holds no token; %s", file->path, file->lack);
    if (census.too_short > 0)
        log_warn("%s holds %zu tokens shorter than %d characters, which are not taken", file->path,
                 census.too_short, TOKEN_MIN);
    if (file->seen.st_mode & S_IROTH)
        log_warn("%s can be read by every user of this host; chmod o= it", file->path);
}

bool token_file_admits(struct token_file *file, const char *token)
{
    token_file_look(file);
    return file->text && tokens_contain(file->text, token);
}
