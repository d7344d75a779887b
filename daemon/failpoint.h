/*
 * failpoint: lets a test kill, stop or fail the rebuild at a named step. Off in normal builds: it
 * compiles to nothing.
 *
 * In a build with -DFAILPOINTS, $SCOREBOARD_FAILPOINT names a file. When it holds "<step> kill"
 * (SIGKILL), "<step> stop" (SIGSTOP) or "<step> fail" and a program passes that step, the file is
 * removed and the deed is done: by one program alone, also when several share the file.
 *
 * Steps, in their order: look, lock (held), begin (a transaction), read (all of it), update (rev
 * drawn), commit (before COMMIT), committed, build (boards rendered), store (before the script),
 * stored, write (before the files), written (before the rename), renamed (before `current`),
 * current (before the broadcast).
 */
#ifndef DAEMON_FAILPOINT_H
#define DAEMON_FAILPOINT_H

#include <stdbool.h>

#include "lib/err.h"

#ifdef FAILPOINTS
bool failpoint(const char *step, struct err *err); /* true: the caller shall fail here */
#else
#define failpoint(step, err) ((void)(step), (void)(err), false)
#endif

#endif
