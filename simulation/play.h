/*
 * play: an invented competition: who takes part, what there is to solve, and who submits
 * what, in which order.
 *
 * Pure: no clock, no database. The same size and seed give the same competition on every machine;
 * integers alone decide (floating point and libm differ).
 *
 * How it is played: users have skills, challenges grow harder with their index. Who solves next is
 * drawn with a leaning to the skilled, what they solve with a leaning to the easy, and nobody
 * solves beyond their skill's reach. So early solves fall on easy challenges, hard ones stay rare,
 * and a few teams pull away, as in real life. Seven of ten submissions are wrong.
 */
#ifndef SIMULATION_PLAY_H
#define SIMULATION_PLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buffer.h"

struct play_size {
    int64_t teams, users, challenges; /* users and challenges are at least 1 */
    int64_t seed;
};

struct play;

/* NULL: out of memory. */
struct play *play_new(const struct play_size *size);
void play_free(struct play *c); /* safe on NULL */

/* Names are unique and, here and there, unpleasant: right-to-left, emoji, quotes, markup, 200
 * characters. Appended to *out. */
void play_team_name(int64_t team, struct buffer *out);
void play_user_name(int64_t user, struct buffer *out);

/* The user's team; -1: competes alone. */
int64_t play_team_of(const struct play *c, int64_t user);

struct play_challenge {
    char title[24];
    const char *category, *formula;
    int64_t points, minimum_points;
};
struct play_challenge play_challenge(const struct play *c, int64_t challenge);

struct submission {
    int64_t user, challenge; /* indices */
    bool correct;
    bool first_blood; /* the first correct one of its challenge */
};

/* The next one. There is always a next one; when everybody has solved all they can, it is wrong. */
struct submission play_next(struct play *c);

/* The competition's own dice, for what else shall be reproducible: 0 to below - 1. */
uint64_t play_draw(struct play *c, uint64_t below);

#endif
