/*
 * interrupt: Ctrl-C as a descriptor that becomes readable, for commands that run until they are
 * told to stop. A signal that a handler would have to remember can be missed between a look at the
 * flag and the sleep; this one cannot, and every sleep ends with it.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/* Blocks SIGINT and SIGTERM from now on. The descriptor lives as long as the process; -1:
 * failed. */
int interrupt_open(struct err *err) MUST_CHECK;

/* Sleeps; at once true when the user wants us to stop, false when the time is over. */
bool interrupt_wait(int fd, int64_t ms);

#endif
