#include "daemon/history.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/delta.h"
#include "daemon/gzip.h"
#include "lib/deltas.h"
#include "lib/revision.h"

struct known {
    int64_t revision;
    unsigned char digest[DICTIONARY_DIGEST];
};

struct history {
    const struct config *config;
    enum board board;
    struct gzip *gzip;
    struct delta *delta;
    struct buffer file, text, told; /* an older board as it is kept, its text, a delta from it */
    struct known known[DELTAS_MAX];
    unsigned next; /* the place in known[] that is overwritten next */
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
    h->file.max = h->text.max = h->told.max = (size_t)config->boards_max;
    h->gzip = gzip_new(1, err);
    h->delta = h->gzip ? delta_new(err) : NULL;
    if (!h->delta) {
        history_free(h);
        return NULL;
    }
    return h;
}

void history_free(struct history *h)
{
    if (!h)
        return;
    gzip_free(h->gzip);
    delta_free(h->delta);
    buffer_release(&h->file);
    buffer_release(&h->text);
    buffer_release(&h->told);
    free(h);
}

/* --- An older board --------------------------------------------------------------------------- */

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

    return snapshot_path(path, h->config->directory, revision, h->board, true) &&
           read_file(path, &h->file) && gzip_expand(h->gzip, &h->file, &h->text, &ignored) == 0;
}

static const struct known *find_known(const struct history *h, int64_t revision)
{
    for (size_t i = 0; i < DELTAS_MAX; i++)
        if (h->known[i].revision == revision)
            return &h->known[i];
    return NULL;
}

static const struct known *get_to_know(struct history *h, int64_t revision)
{
    struct known *known = &h->known[h->next++ % DELTAS_MAX];

    known->revision = revision;
    delta_digest(known->digest, &h->text);
    return known;
}

/* --- What differs ----------------------------------------------------------------------------- */

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

static void tell_from(struct history *h, int64_t revision, struct snapshot *s)
{
    struct buffer *deltas = &s->deltas[h->board];
    const struct known *known = find_known(h, revision);
    struct dictionary dictionary = {.text = &h->text};
    struct err ignored;

    if ((known && is_told(deltas, known->digest)) || !read_text(h, revision))
        return;
    if (!known)
        known = get_to_know(h, revision);
    memcpy(dictionary.digest, known->digest, DICTIONARY_DIGEST);
    if (!is_told(deltas, known->digest) &&
        delta_make(h->delta, &dictionary, &s->json[h->board], s->gzip[h->board].len / 2, &h->told,
                   &ignored) == 0 &&
        h->told.len > 0)
        deltas_append(deltas, &h->told);
}

void history_tell(struct history *h, const int64_t revisions[], size_t n, struct snapshot *s)
{
    buffer_clear(&s->deltas[h->board]);
    for (size_t i = 0; i < n; i++)
        tell_from(h, revisions[i], s);
}
