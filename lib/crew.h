/*
 * crew: independent pieces of one task, done side by side.
 *
 * For the few tasks that take long and fall into pieces by themselves, such as compressing the
 * boards. Each piece has a thread for as long as the task takes. That costs some 50 microseconds,
 * beside pieces of many milliseconds; and between two tasks there is nothing to keep or to stop.
 */
#ifndef LIB_CREW_H
#define LIB_CREW_H

#include "lib/err.h"

#define CREW_MAX 5

/* Does one piece; as any fallible function. */
typedef int crew_work(void *task, int piece, struct err *err);

/* A way to have the pieces 0 to n - 1 of a task done. For those who start no threads themselves, but
 * have pieces: crew_run() is one, and to do one after the other another. */
typedef int crew(crew_work *work, void *task, int n, struct err *err);

/* Calls work(task, piece) for the pieces 0 to n - 1, n at most CREW_MAX, and returns when all have
 * returned: -1 when one has failed, with the error of the first such. That a thread is not to be
 * had is no failure: the caller's own does the piece. */
int crew_run(crew_work *work, void *task, int n, struct err *err) MUST_CHECK;

#endif
