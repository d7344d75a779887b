#include "daemon/documents.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/history.h"
#include "lib/crew.h"
#include "lib/deltas.h"
#include "lib/gzip.h"
#include "lib/revision.h"

struct document {
    struct document_name name;
    struct buffer text, gzip, deltas;
    unsigned char digest[DICTIONARY_DIGEST]; /* of the text; only for documents_digest() */
    struct history *history;
};

struct documents {
    const struct config *config;
    struct document **list; /* each stays where it is: others point to its text */
    size_t n, made, cap;    /* this revision's; those whose memory is there; room in the list */
    int64_t revision;       /* that they were compressed for */
    struct history_tools tools[CREW_MAX];
    struct buffer nowhere; /* failed: for texts that there was no memory for */
};

struct documents *documents_new(const struct config *config, struct err *err)
{
    struct documents *d = calloc(1, sizeof *d);

    if (!d) {
        err_set(err, "no memory for the documents");
        return NULL;
    }
    d->config = config;
    d->nowhere.failed = true;
    for (int i = 0; i < CREW_MAX; i++)
        if (history_tools_init(&d->tools[i], config, err) < 0) {
            documents_free(d);
            return NULL;
        }
    return d;
}

static void document_free(struct document *document)
{
    buffer_release(&document->text);
    buffer_release(&document->gzip);
    buffer_release(&document->deltas);
    history_free(document->history);
    free(document);
}

void documents_free(struct documents *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->made; i++)
        document_free(d->list[i]);
    free(d->list);
    for (int i = 0; i < CREW_MAX; i++)
        history_tools_release(&d->tools[i]);
    free(d);
}

void documents_clear(struct documents *d)
{
    d->n = 0;
    d->revision = REVISION_NONE;
}

/* --- Texts ------------------------------------------------------------------------------------ */

static bool make_room(struct documents *d)
{
    size_t cap = d->cap > 0 ? 2 * d->cap : 16;
    struct document **moved;

    if (d->made < d->cap)
        return true;
    moved = reallocarray(d->list, cap, sizeof *moved);
    if (!moved)
        return false;
    d->list = moved;
    d->cap = cap;
    return true;
}

static struct document *make_document(struct documents *d)
{
    struct document *document = make_room(d) ? calloc(1, sizeof *document) : NULL;
    size_t most = (size_t)d->config->boards_max;

    if (!document)
        return NULL;
    document->text.max = document->gzip.max = document->deltas.max = most;
    return d->list[d->made++] = document;
}

static bool is_same(const struct document_name *a, const struct document_name *b)
{
    return a->audience == b->audience && a->division == b->division && a->board == b->board;
}

/* The next place in the list, for a document of that name; NULL: out of memory. */
static struct document *add_document(struct documents *d, const struct document_name *name)
{
    struct document *document = d->n < d->made ? d->list[d->n] : make_document(d);

    if (!document)
        return NULL;
    if (document->history && !is_same(&document->name, name)) {
        history_free(document->history);
        document->history = NULL;
    }
    if (!document->history)
        document->history = history_new(d->config, name);
    document->name = *name;
    buffer_clear(&document->text);
    if (!document->history)
        return NULL;
    d->n++;
    return document;
}

struct buffer *documents_text(struct documents *d, const struct document_name *name)
{
    struct document *document = add_document(d, name);

    return document ? &document->text : &d->nowhere;
}

/* --- All texts as one -------------------------------------------------------------------------- */

/* Every CREW_MAX-th document, beginning with the given one. */
static int digest_share(void *task, int first, struct err *err)
{
    struct documents *d = task;

    (void)err;
    for (size_t i = (size_t)first; i < d->n; i += CREW_MAX)
        delta_digest(d->list[i]->digest, &d->list[i]->text);
    return 0;
}

int documents_digest(struct documents *d, char digest[DICTIONARY_NAME_MAX], struct err *err)
{
    unsigned char of_all[DICTIONARY_DIGEST];
    struct buffer all = {0};
    int status = crew_run(digest_share, d, CREW_MAX, err);

    for (size_t i = 0; i < d->n; i++) {
        char name[DOCUMENT_NAME_MAX];

        document_format(name, &d->list[i]->name);
        buffer_append(&all, name, strlen(name) + 1);
        buffer_append(&all, (const char *)d->list[i]->digest, DICTIONARY_DIGEST);
    }
    if (buffer_failed(&all))
        status = err_set(err, "no memory for a digest of the boards");
    else
        delta_digest(of_all, &all);
    if (status == 0)
        dictionary_name(digest, of_all);
    buffer_release(&all);
    return status;
}

/* --- Forms ------------------------------------------------------------------------------------ */

struct compression {
    struct documents *documents;
    int64_t served;
};

/* Every CREW_MAX-th document, beginning with the given one. */
static int compress_share(void *task, int first, struct err *err)
{
    const struct compression *c = task;
    struct documents *d = c->documents;
    struct history_tools *tools = &d->tools[first];

    for (size_t i = (size_t)first; i < d->n; i += CREW_MAX) {
        struct document *document = d->list[i];
        struct edition edition = {d->revision, &document->text, &document->gzip};

        if (gzip_compress(tools->gzip, &document->text, &document->gzip, err) < 0)
            return -1;
        history_tell(document->history, tools, c->served, &edition, &document->deltas);
    }
    return 0;
}

int documents_compress(struct documents *d, int64_t served, int64_t revision, struct err *err)
{
    struct compression c = {d, served};

    d->revision = revision;
    return crew_run(compress_share, &c, CREW_MAX, err);
}

/* --- Files ------------------------------------------------------------------------------------ */

static void pack_document(const struct document *document, struct snapshot *s)
{
    char file[SNAPSHOT_FILE_MAX];
    struct delta_view delta;

    snapshot_gzip_file(file, &document->name);
    snapshot_add_file(s, file, document->gzip.data, document->gzip.len);
    for (size_t at = 0; deltas_next(&document->deltas, &at, &delta);) {
        snapshot_delta_file(file, &document->name, delta.dictionary);
        snapshot_add_file(s, file, delta.data, delta.len);
    }
}

int documents_pack(const struct documents *d, struct snapshot *s, struct err *err)
{
    for (size_t i = 0; i < d->n; i++)
        pack_document(d->list[i], s);
    return buffer_failed(&s->bytes) ? err_set(err, "no memory for the files of the boards") : 0;
}

/* --- What is served --------------------------------------------------------------------------- */

struct settling {
    struct documents *documents;
    const struct snapshot *snapshot;
};

static const struct snapshot_file *find_gzip(const struct snapshot *s,
                                             const struct document_name *name)
{
    char file[SNAPSHOT_FILE_MAX];

    snapshot_gzip_file(file, name);
    for (size_t i = 0; i < s->nfiles; i++)
        if (strcmp(s->files[i].name, file) == 0)
            return &s->files[i];
    return NULL;
}

/* Where another node made the snapshot, its files have the texts. */
static bool expand(struct document *document, struct history_tools *tools, const struct snapshot *s)
{
    const struct snapshot_file *file = find_gzip(s, &document->name);
    struct buffer gzip = {.data = s->bytes.data + (file ? file->at : 0),
                          .len = file ? file->size : 0};
    struct err ignored;

    return gzip_expand(tools->gzip, &gzip, &document->text, &ignored) == 0;
}

static int settle_share(void *task, int first, struct err *err)
{
    const struct settling *settling = task;
    struct documents *d = settling->documents;
    int64_t revision = settling->snapshot->head.revision;

    (void)err;
    for (size_t i = (size_t)first; i < d->n; i += CREW_MAX) {
        struct document *document = d->list[i];

        if (d->revision == revision || expand(document, &d->tools[first], settling->snapshot))
            history_settle(document->history, revision, &document->text);
    }
    return 0;
}

static void name_documents(struct documents *d, const struct snapshot *s)
{
    char dictionary[DICTIONARY_NAME_MAX];
    struct document_name name;

    documents_clear(d);
    for (size_t i = 0; i < s->nfiles; i++)
        if (snapshot_file_parse(s->files[i].name, &name, dictionary) && dictionary[0] == '\0')
            (void)add_document(d, &name);
}

void documents_settle(struct documents *d, const struct snapshot *s)
{
    struct settling settling = {d, s};
    struct err ignored;

    if (d->config->deltas == 0)
        return;
    if (d->revision != s->head.revision)
        name_documents(d, s);
    (void)!crew_run(settle_share, &settling, CREW_MAX, &ignored);
    d->revision = s->head.revision;
}
