/*
 * file: a whole file at once.
 */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include "lib/buffer.h"
#include "lib/err.h"

/* Replaces what `out` holds by the file's bytes. A file that is larger than out->max is an error; a
 * bound is for the caller to set. The error does not say which file it is. */
int file_read(struct buffer *out, const char *path, struct err *err) MUST_CHECK;
int file_read_open(struct buffer *out, int fd,
                   struct err *err) MUST_CHECK; /* from where it stands */

#endif
