/*
 * fuzz: what every fuzz target includes.
 *
 * A target is a function from any bytes at all to nothing: it lets the program's own code read them
 * and holds it to what its header promises. Where a promise breaks, it aborts. libFuzzer calls it
 * with bytes that it thinks up (`make fuzz`), tests/fuzz/replay.c with those that it once found worth
 * keeping (`make check`).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that no NDEBUG takes away. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

_Noreturn static inline void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, condition);
    abort();
}

/* --- The input, taken apart from its start; at its end there is nothing but nothing -------------- */

struct input {
    const uint8_t *at, *end;
};

static inline struct input input_of(const uint8_t *data, size_t size)
{
    return (struct input){data, data + size};
}

static inline size_t input_left(const struct input *in)
{
    return (size_t)(in->end - in->at);
}

static inline uint8_t input_byte(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static inline uint64_t input_number(struct input *in, int bytes)
{
    uint64_t n = 0;

    while (bytes-- > 0)
        n = n << 8 | input_byte(in);
    return n;
}

/* Exactly the bytes and a NUL, on the heap, so that a step beyond them is seen. */
static inline char *input_text(struct input *in, size_t len)
{
    char *text;

    if (len > input_left(in))
        len = input_left(in);
    text = malloc(len + 1);
    CHECK(text);
    if (len > 0)
        memcpy(text, in->at, len);
    text[len] = '\0';
    in->at += len;
    return text;
}

/* Up to the next end of a line, which is taken, too. To be freed. */
static inline char *input_line(struct input *in)
{
    const uint8_t *found = in->at < in->end ? memchr(in->at, '\n', input_left(in)) : NULL;
    char *line = input_text(in, found ? (size_t)(found - in->at) : input_left(in));

    if (found)
        in->at++;
    return line;
}

static inline char *input_rest(struct input *in)
{
    return input_text(in, input_left(in));
}

/* --- A directory for the whole run, which is removed at its end ------------------------------------ */

const char *fuzz_directory(void);

/* Writes a file in it, making its folder. */
void fuzz_write(const char *name, const void *bytes, size_t len);

#endif
