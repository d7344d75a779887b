/*
 * copies: how a text is made of an older one: which parts of it are copied from where. What lies
 * between them is new. Pure.
 *
 * libzstd finds such parts in any two texts, at half a gigabyte a second for either; a rebuild of
 * 100 MB cannot wait for that. Two revisions of a board are nearly the same in nearly the same
 * order, and they are JSON. So here both are walked side by side, as fast as memory can be compared.
 * Where they part, the walk looks for the next place in a few bytes' distance, where a number has
 * changed; else for the next object of the text, `{...`, in an index of the older text's objects,
 * where an entry has moved. The walk is linear in both, whatever they are.
 */
#ifndef DAEMON_COPIES_H
#define DAEMON_COPIES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/err.h"

struct copy {
    uint32_t at, from, len; /* text[at .. at + len) is older[from .. from + len) */
};

/* In the order of the text, disjoint. A zeroed one is empty. The memory is reused. */
struct copies {
    struct copy *list;
    size_t n, cap;
};
void copies_release(struct copies *c); /* safe on a released or zeroed one */

/* Texts of less than 4 GB. Replaces what is in `out`. */
int copies_find(struct copies *out, const struct buffer *older, const struct buffer *text,
                struct err *err) MUST_CHECK;

/* From an oldest text by way of an older one: `first` makes the older of the oldest, `second` the
 * text of the older. `out` is neither of them. */
int copies_compose(struct copies *out, const struct copies *first, const struct copies *second,
                   struct err *err) MUST_CHECK;

#endif
