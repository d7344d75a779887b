/*
 * documents: an audience's boards of one revision while they are made: texts, then their forms, then files.
 *
 *   documents_text()      a document's text, for who renders it (lib/board/boards.h)
 *   documents_digest()    of all texts, for who must know whether they are others than before
 *   documents_compress()  gzip, and deltas from what viewers have already, side by side
 *   documents_pack()      into a snapshot, as files
 *   documents_settle()    prepares for the next deltas, once this revision is served
 *
 * There is a document for each board and division; how many is known when they come. Their
 * memory is used anew by the next revision.
 */
#ifndef DAEMON_DOCUMENTS_H
#define DAEMON_DOCUMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/snapshot.h"

struct documents;

/* `config` is borrowed. */
struct documents *documents_new(const struct config *config, struct err *err);
void documents_free(struct documents *d); /* safe on NULL */

void documents_clear(struct documents *d);

/* Where the text of one more document goes. Out of memory, it is a buffer that has failed. */
struct buffer *documents_text(struct documents *d, const struct document_name *name);

int documents_digest(struct documents *d, char digest[DICTIONARY_NAME_MAX],
                     struct err *err) MUST_CHECK;

/* `served` is the node's revision now, `revision` the one of these documents. */
int documents_compress(struct documents *d, int64_t served, int64_t revision,
                       struct err *err) MUST_CHECK;

/* Adds all forms of all of them to `s`. */
int documents_pack(const struct documents *d, struct snapshot *s, struct err *err) MUST_CHECK;

/* The snapshot, which was packed of these documents or is another node's, is what this node serves
 * now. Takes the documents' texts, and time: to be called once viewers have been told. */
void documents_settle(struct documents *d, const struct snapshot *s);

#endif
