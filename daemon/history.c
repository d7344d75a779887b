#include "daemon/history.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/delta.h"
#include "daemon/gzip.h"
#include "lib/deltas.h"
#include "lib/revision.h"

/* Those of one text, newest first. */
struct ancestors {
    int64_t revision; /* the text's; NONE: nothing is known */
    struct ancestor list[DELTAS_MAX];
    size_t n;
};

struct history {
    const struct config *config;
    enum board board;
    struct gzip *gzip;
    struct delta *delta;
    struct buffer text; /* of the revision that is served, as far as we know */
    unsigned char digest[DICTIONARY_DIGEST];
    struct ancestors served, next; /* its ancestors; those of the revision last told of */
    struct buffer file, told;      /* a board as it is kept; one delta */
};

struct history *history_new(const struct config *config, enum board board, struct err *err)
{
    struct history *h = calloc(1, sizeof *h);

    if (!h) {
        err_set(err, "no memory for a board's history");
        return NULL;
    }
    h->config = config;
    h->board = board;
    h->file.max = h->text.max = (size_t)config->boards_max;
    h->gzip = gzip_new(1, err);
    h->delta = h->gzip ? delta_new(err) : NULL;
    if (!h->delta) {
        history_free(h);
        return NULL;
    }
    return h;
}

static void release(struct ancestors *a)
{
    for (size_t i = 0; i < DELTAS_MAX; i++)
        copies_release(&a->list[i].copies);
}

void history_free(struct history *h)
{
    if (!h)
        return;
    gzip_free(h->gzip);
    delta_free(h->delta);
    buffer_release(&h->text);
    buffer_release(&h->file);
    buffer_release(&h->told);
    release(&h->served);
    release(&h->next);
    free(h);
}

/* --- The board that is served, after a start -------------------------------------------------- */

static bool read_open(int fd, struct buffer *out)
{
    struct stat st;
    ssize_t n = 1;
    char *to;

    buffer_clear(out);
    if (fstat(fd, &st) < 0 || !(to = buffer_reserve(out, (size_t)st.st_size)))
        return false;
    while (out->len < (size_t)st.st_size && n > 0) {
        n = read(fd, to + out->len, (size_t)st.st_size - out->len);
        out->len += n > 0 ? (size_t)n : 0;
    }
    return out->len == (size_t)st.st_size;
}

static bool read_file(const char *path, struct buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool whole;

    if (fd < 0)
        return false;
    whole = read_open(fd, out);
    close(fd);
    return whole;
}

static bool read_text(struct history *h, int64_t revision)
{
    char path[PATH_MAX];
    struct err ignored;
    bool read;

    read = snapshot_path(path, h->config->directory, revision, h->board, true) &&
           read_file(path, &h->file) && gzip_expand(h->gzip, &h->file, &h->text, &ignored) == 0;
    buffer_release(&h->file);
    return read;
}

/* Nothing is known of what that text was made of. */
static void recall(struct history *h, int64_t revision)
{
    h->served.revision = read_text(h, revision) ? revision : REVISION_NONE;
    h->served.n = 0;
    delta_digest(h->digest, &h->text);
}

/* --- What differs ----------------------------------------------------------------------------- */

static void describe(struct ancestor *a, const unsigned char *digest, size_t len)
{
    memcpy(a->digest, digest, DICTIONARY_DIGEST);
    a->len = len;
}

/* The new board's ancestors: what is served, and by way of that what was before. */
static void trace(struct history *h, const struct snapshot *s)
{
    struct ancestor *nearest = &h->next.list[0];
    size_t most = (size_t)h->config->deltas, n = 0;
    struct err ignored;

    h->next.revision = s->head.revision;
    h->next.n = 0;
    if (h->served.revision == REVISION_NONE || most == 0 ||
        copies_find(&nearest->copies, &h->text, &s->json[h->board], &ignored) < 0)
        return;
    describe(nearest, h->digest, h->text.len);
    for (n = 1; n <= h->served.n && n < most; n++) {
        const struct ancestor *older = &h->served.list[n - 1];

        if (copies_compose(&h->next.list[n].copies, &older->copies, &nearest->copies, &ignored) < 0)
            break;
        describe(&h->next.list[n], older->digest, older->len);
    }
    h->next.n = n;
}

/* Boards of several revisions are one dictionary where nothing changed in between. */
static bool is_told(const struct buffer *deltas, const unsigned char *digest)
{
    char name[DICTIONARY_NAME_MAX];
    struct delta_view delta;

    dictionary_name(name, digest);
    for (size_t at = 0; deltas_next(deltas, &at, &delta);)
        if (strcmp(delta.dictionary, name) == 0)
            return true;
    return false;
}

void history_tell(struct history *h, int64_t served, struct snapshot *s)
{
    struct buffer *deltas = &s->deltas[h->board];
    struct err ignored;

    buffer_clear(deltas);
    if (h->config->deltas == 0 || served == REVISION_NONE)
        return;
    if (h->served.revision != served)
        recall(h, served);
    trace(h, s);
    for (size_t i = 0; i < h->next.n; i++) {
        const struct ancestor *a = &h->next.list[i];

        if (!is_told(deltas, a->digest) &&
            delta_make(h->delta, a, &s->json[h->board], &h->told, &ignored) == 0 &&
            h->told.len > 0 && h->told.len <= s->gzip[h->board].len / 2)
            deltas_append(deltas, &h->told);
    }
}

void history_settle(struct history *h, struct snapshot *s)
{
    struct buffer text = h->text;
    struct ancestors served = h->served;

    if (h->config->deltas == 0 || s->head.revision == h->served.revision)
        return;
    if (h->next.revision != s->head.revision)
        trace(h, s);
    h->text = s->json[h->board];
    s->json[h->board] = text;
    h->served = h->next;
    h->next = served;
    delta_digest(h->digest, &h->text);
}
