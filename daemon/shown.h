/*
 * shown: what stands still while something is withheld from the public.
 *
 * In a freeze, before the start, and while the competition is not shown, each rebuild makes the
 * public's boards, too, and most of the time they are what they were. Then they keep their revision,
 * and with it all that can be seen of them: no viewer is to learn that there was a rebuild. When they are
 * others, they get the rebuild's revision.
 *
 * PostgreSQL remembers which revision they have, and a digest of them. So it stands, too, where Redis
 * was emptied, where a node is new, and where each node rebuilds for itself. It forgets both in the
 * first rebuild that withholds nothing.
 *
 * Why they are others is not told: the reason of a change that everybody may see would be one with
 * those of changes that nobody may.
 */
#ifndef DAEMON_SHOWN_H
#define DAEMON_SHOWN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/dictionary.h"
#include "lib/err.h"
#include "lib/event.h"

struct shown {
    int64_t revision; /* REVISION_NONE: nothing stands yet */
    int64_t read_at;  /* when that was read, microseconds since 1970 */
    char digest[DICTIONARY_NAME_MAX];
};

/* Whether boards of that digest are what stands. `seen` is the greatest revision that the public was
 * given, as far as the node knows, `drawn` the rebuild's: what is not between the two is of a
 * PostgreSQL that was restored, or garbage. */
bool shown_stands(const struct shown *s, const char *digest, int64_t seen, int64_t drawn);

/* From now on the boards of `revision`, read at `read_at`, stand. 0: no, PostgreSQL has drawn another
 * revision since; 1: done. */
int shown_replace(PGconn *db, int64_t deadline_ms, const struct shown *s,
                  struct err *err) MUST_CHECK;

/* The event that the public is told. */
struct board_event shown_event(const struct shown *s);

#endif
