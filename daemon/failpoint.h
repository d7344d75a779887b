/*
 * failpoint: lets a test kill, stop or fail the rebuild at a named step. Off in normal builds: it
 * compiles to nothing.
 *
 * With --enable-failpoints, $SCOREBOARD_FAILPOINT names a file; when it holds "<step> kill"
 * (SIGKILL), "<step> stop" (SIGSTOP) or "<step> fail" and the program passes that step, the file is
 * removed and the deed is done. Steps, in their order: look, lock, begin, read, update, commit
 * (before COMMIT), committed, build, store (before the script), stored, write (before the files),
 * written (before the rename), renamed (before `current`), current (before the broadcast).
 */
#ifndef DAEMON_FAILPOINT_H
#define DAEMON_FAILPOINT_H

#include <stdbool.h>

#ifdef FAILPOINTS
bool failpoint(const char *step); /* true: the caller shall fail here */
#else
#define failpoint(step) false
#endif

#endif
