/*
 * log: one line to standard error for each thing that an operator may want to know.
 *
 * The logger is global, so that nobody has to hand it on. A line says what happened and, from `warn`
 * up, what to do about it. In systemd's journal (JOURNAL_STREAM names our standard error) lines carry
 * the <N> priority prefix and no time; elsewhere they carry an RFC 3339 UTC time, the program's name
 * and its process id. Control characters in a message are written as `?`, so that nobody can forge a
 * line.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include "lib/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO };

/* Before the first line and before any thread is started. `program` must outlive the process. */
void log_open(const char *program, enum log_level level);

/* Thread-safe: a line is one write(2). */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
