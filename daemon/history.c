#include "daemon/history.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/deltas.h"
#include "lib/file.h"
#include "lib/revision.h"

/* A text of up to so many bytes is told from itself, too. To hash more takes milliseconds, which all
 * viewers would wait for. */
#define HASHED_AT_ONCE ((size_t)4 << 20)

/* Those of one text, newest first. */
struct ancestors {
    int64_t revision; /* the text's; NONE: nothing is known */
    struct ancestor list[DELTAS_MAX];
    size_t n;
};

struct history {
    const struct config *config;
    struct document_name document;
    struct buffer text; /* of the revision that is served, as far as we know */
    unsigned char digest[DICTIONARY_DIGEST];
    struct ancestors served, next; /* its ancestors; those of the revision last told of */
};

int history_tools_init(struct history_tools *t, const struct config *config, struct err *err)
{
    *t = (struct history_tools){.file.max = (size_t)config->boards_max};
    t->gzip = gzip_new((int)config->gzip_level, err);
    t->delta = t->gzip ? delta_new(err) : NULL;
    if (t->delta)
        return 0;
    history_tools_release(t);
    return -1;
}

void history_tools_release(struct history_tools *t)
{
    gzip_free(t->gzip);
    delta_free(t->delta);
    buffer_release(&t->file);
    buffer_release(&t->told);
    *t = (struct history_tools){0};
}

struct history *history_new(const struct config *config, const struct document_name *document)
{
    struct history *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->config = config;
    h->document = *document;
    h->text.max = (size_t)config->boards_max;
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
    buffer_release(&h->text);
    release(&h->served);
    release(&h->next);
    free(h);
}

/* --- The board that is served, after a start -------------------------------------------------- */

static bool read_text(struct history *h, struct history_tools *t, int64_t revision)
{
    char file[SNAPSHOT_FILE_MAX], path[PATH_MAX];
    struct err ignored;
    bool read;

    snapshot_gzip_file(file, &h->document);
    read = snapshot_path(path, h->config->directory, h->document.audience, revision, file) &&
           file_read(&t->file, path, &ignored) == 0 &&
           gzip_expand(t->gzip, &t->file, &h->text, &ignored) == 0;
    buffer_release(&t->file);
    return read;
}

/* Nothing is known of what that text was made of. */
static void recall(struct history *h, struct history_tools *t, int64_t revision)
{
    h->served.revision = read_text(h, t, revision) ? revision : REVISION_NONE;
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
static void trace(struct history *h, int64_t revision, const struct buffer *text)
{
    struct ancestor *nearest = &h->next.list[0];
    size_t most = (size_t)h->config->deltas, n = 0;
    struct err ignored;

    h->next.revision = revision;
    h->next.n = 0;
    if (h->served.revision == REVISION_NONE || most == 0 ||
        copies_find(&nearest->copies, &h->text, text, &ignored) < 0)
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

static void tell_from(const struct ancestor *a, struct history_tools *t,
                      const struct edition *edition, struct buffer *deltas)
{
    struct err ignored;

    if (!is_told(deltas, a->digest) &&
        delta_make(t->delta, a, edition->text, &t->told, &ignored) == 0 && t->told.len > 0 &&
        t->told.len <= edition->gzip->len / 2)
        deltas_append(deltas, &t->told);
}

/* From itself: for who loads a page again. */
static void tell_from_itself(struct history_tools *t, const struct edition *edition,
                             struct buffer *deltas)
{
    struct copy whole = {.len = (uint32_t)edition->text->len};
    struct ancestor itself = {.len = edition->text->len, .copies = {.list = &whole, .n = 1}};

    delta_digest(itself.digest, edition->text);
    tell_from(&itself, t, edition, deltas);
}

void history_tell(struct history *h, struct history_tools *t, int64_t served,
                  const struct edition *edition, struct buffer *deltas)
{
    buffer_clear(deltas);
    if (h->config->deltas == 0)
        return;
    if (edition->text->len <= HASHED_AT_ONCE)
        tell_from_itself(t, edition, deltas);
    if (served == REVISION_NONE)
        return;
    if (h->served.revision != served)
        recall(h, t, served);
    trace(h, edition->revision, edition->text);
    for (size_t i = 0; i < h->next.n; i++)
        tell_from(&h->next.list[i], t, edition, deltas);
}

void history_settle(struct history *h, int64_t revision, struct buffer *text)
{
    struct buffer former = h->text;
    struct ancestors served = h->served;

    if (h->config->deltas == 0 || revision == h->served.revision)
        return;
    if (h->next.revision != revision)
        trace(h, revision, text);
    h->text = *text;
    *text = former;
    h->served = h->next;
    h->next = served;
    delta_digest(h->digest, &h->text);
}
