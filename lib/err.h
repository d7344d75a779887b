/*
 * err: one sentence about what went wrong, written into the caller's buffer.
 *
 * Every fallible function returns 0 or -1 (or a pointer or NULL), is marked MUST_CHECK, takes a
 * `struct err *` last and, on failure, leaves its outputs untouched. Libraries never log; programs
 * log once, at the place that knows the peer or the revision.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#define MUST_CHECK           __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, va) __attribute__((format(printf, fmt, va)))

struct err {
    char text[320]; /* always terminated; too long a sentence is cut */
};

/* Writes the sentence and returns -1, so that `return err_set(err, ...)` reads well. */
int err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "prefix: " before the sentence that is there already. Returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
