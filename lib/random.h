/*
 * random: names that nobody else draws.
 *
 * Everything random here comes from libc's arc4random(3), which needs no seed and cannot fail.
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#define RANDOM_NAME_MAX 33 /* 128 bits in hexadecimal, and NUL */

void random_name(char out[RANDOM_NAME_MAX]);

#endif
