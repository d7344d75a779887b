#include "simulation/play.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKILL_MAX 1000

struct player {
    int64_t team; /* -1: alone */
    int64_t row;  /* in `solved`: the team's, or the player's own */
    int skill;    /* below SKILL_MAX */
};

struct play {
    struct play_size size;
    uint64_t state;
    struct player *players;
    bool *solved;     /* [competitor][challenge] */
    bool *first_seen; /* [challenge]: somebody has solved it */
};

/* SplitMix64, by Sebastiano Vigna (public domain), after Steele, Lea and Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* The remainder's bias is below 2^-40 for the small ranges drawn here. */
uint64_t play_draw(struct play *c, uint64_t below)
{
    return next_random(&c->state) % below;
}

/* The least of `tries` draws: the more tries, the stronger the leaning to 0. */
static uint64_t draw_low(struct play *c, uint64_t below, int tries)
{
    uint64_t least = play_draw(c, below);

    while (--tries > 0) {
        uint64_t other = play_draw(c, below);
        if (other < least)
            least = other;
    }
    return least;
}

/* --- Who takes part --------------------------------------------------------------------------- */

/* One in twenty competes alone; the others join any team, so that some teams stay empty. */
static void invent_players(struct play *c)
{
    int64_t competitors = c->size.teams;

    for (int64_t i = 0; i < c->size.users; i++) {
        struct player *p = &c->players[i];
        bool alone = c->size.teams == 0 || play_draw(c, 20) == 0;

        p->team = alone ? -1 : (int64_t)play_draw(c, (uint64_t)c->size.teams);
        p->row = alone ? competitors++ : p->team;
        p->skill = (int)draw_low(c, SKILL_MAX, 2);
    }
}

static int64_t most_competitors(const struct play_size *size)
{
    return size->teams + size->users;
}

struct play *play_new(const struct play_size *size)
{
    struct play *c = calloc(1, sizeof *c);
    size_t challenges = (size_t)size->challenges;

    if (!c)
        return NULL;
    c->size = *size;
    c->state = (uint64_t)size->seed;
    c->players = calloc((size_t)size->users, sizeof *c->players);
    c->solved = calloc((size_t)most_competitors(size), challenges * sizeof *c->solved);
    c->first_seen = calloc(challenges, sizeof *c->first_seen);
    if (!c->players || !c->solved || !c->first_seen) {
        play_free(c);
        return NULL;
    }
    invent_players(c);
    return c;
}

void play_free(struct play *c)
{
    if (!c)
        return;
    free(c->players);
    free(c->solved);
    free(c->first_seen);
    free(c);
}

int64_t play_team_of(const struct play *c, int64_t user)
{
    return c->players[user].team;
}

/* --- What they are called --------------------------------------------------------------------- */

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof(array)[0]))

/* Every thirteenth name is one of these, with its number. */
#define STRANGE_EVERY 13
static const char *const strange_names[] = {
    "🦊 Firefox Fanclub 🏴‍☠️",
    "فريق النجوم",
    "צוות הכוכבים",
    "R\"n\"B \\o/ 'team'",
    "</script><b>bold</b> & co",
    "Šípková Růženka – žluťoučký kůň",
    "東京フラグハンターズ",
    "a\xcc\x81\xcc\xa7\xcc\xb2 combining",
    NULL, /* the long one */
};
#define LONG_NAME_LEN 190 /* and its number: at most 200 characters */

static void append_strange(int64_t index, struct buffer *out)
{
    const char *name = strange_names[index / STRANGE_EVERY % COUNT(strange_names)];

    if (name)
        buffer_append_text(out, name);
    else
        for (int i = 0; i < LONG_NAME_LEN; i++)
            buffer_append_char(out, (char)('a' + i % 26));
    buffer_printf(out, " %lld", (long long)index);
}

/* Two words, and a number once all pairs are used up. The tables' lengths have no common divisor,
 * so that walking through both at once meets every pair. */
static void append_words(int64_t index, const char *const *first, int64_t firsts,
                         const char *const *second, int64_t seconds, struct buffer *out)
{
    int64_t pairs = firsts * seconds;

    buffer_printf(out, "%s %s", first[index % firsts], second[index % seconds]);
    if (index >= pairs)
        buffer_printf(out, " %lld", (long long)(index / pairs + 1));
}

static const char *const team_first[] = {"Null",   "Segfault", "Binary",  "Quantum",
                                         "Rogue",  "Silent",   "Kernel",  "Packet",
                                         "Cosmic", "Velvet",   "Midnight"};
static const char *const team_second[] = {"Pirates", "Otters",  "Wizards",   "Ravens",   "Foxes",
                                          "Pandas",  "Samurai", "Gardeners", "Penguins", "Ghosts"};
static const char *const user_first[] = {"Ada",    "Linus", "Grace",  "Ken",  "Barbara", "Dennis",
                                         "Edsger", "Radia", "Donald", "Mary", "Alan"};
static const char *const user_second[] = {"Root",  "Heap",   "Stack", "Cipher", "Hash",
                                          "Shell", "Vector", "Nonce", "Gadget", "Canary"};

void play_team_name(int64_t team, struct buffer *out)
{
    if (team % STRANGE_EVERY == STRANGE_EVERY - 1)
        append_strange(team, out);
    else
        append_words(team, team_first, COUNT(team_first), team_second, COUNT(team_second), out);
}

void play_user_name(int64_t user, struct buffer *out)
{
    if (user % STRANGE_EVERY == STRANGE_EVERY - 1)
        append_strange(user, out);
    else
        append_words(user, user_first, COUNT(user_first), user_second, COUNT(user_second), out);
}

/* --- What there is to solve ------------------------------------------------------------------- */

/* The first is a present, at a fixed value; the others are worth more the harder they are. */
struct play_challenge play_challenge(const struct play *c, int64_t challenge)
{
    static const char *const categories[] = {"Pwn", "Web", "Crypto", "Rev", "Forensics", "Misc"};
    struct play_challenge out = {.title = "sanity-check",
                                 .category = "Misc",
                                 .formula = "static",
                                 .points = 50,
                                 .minimum_points = 50};
    int64_t others = challenge - 1;

    if (challenge == 0)
        return out;
    out.category = categories[others % COUNT(categories)];
    out.formula = "dynamic";
    out.points = 100 + 400 * challenge / c->size.challenges / 10 * 10;
    out.minimum_points = out.points / 5;
    snprintf(out.title, sizeof out.title, "%s-%lld", out.category,
             (long long)(101 + others / COUNT(categories)));
    out.title[0] = (char)tolower((unsigned char)out.title[0]);
    return out;
}

/* --- Who submits what ------------------------------------------------------------------------- */

#define WRONG_PERCENT     70
#define DUPLICATE_PERCENT 3  /* correct ones of what the team has solved: a platform may allow it */
#define SOLVER_TRIES      16 /* before we believe that nobody can solve anything more */

static int64_t draw_user(struct play *c)
{
    return (int64_t)play_draw(c, (uint64_t)c->size.users);
}

static int64_t draw_skilled_user(struct play *c)
{
    int64_t a = draw_user(c), b = draw_user(c);

    return c->players[a].skill >= c->players[b].skill ? a : b;
}

/* How many challenges, from the easiest on, are within the player's power: a fifth to all. */
static int64_t reach(const struct play *c, const struct player *p)
{
    int64_t reach = c->size.challenges * (SKILL_MAX / 5 + p->skill) / SKILL_MAX;

    if (reach < 1)
        return 1;
    return reach < c->size.challenges ? reach : c->size.challenges;
}

/* A beginner looks for the easy ones, an expert takes what comes. */
static int64_t draw_challenge(struct play *c, const struct player *p)
{
    return (int64_t)draw_low(c, (uint64_t)reach(c, p), 1 + 3 * (SKILL_MAX - p->skill) / SKILL_MAX);
}

/* From where they aim upwards, then from the easiest: the first that their team lacks; -1: none. */
static int64_t unsolved(struct play *c, const struct player *p)
{
    const bool *solved = c->solved + p->row * c->size.challenges;
    int64_t all = reach(c, p), aim = draw_challenge(c, p);

    for (int64_t i = 0; i < all; i++)
        if (!solved[(aim + i) % all])
            return (aim + i) % all;
    return -1;
}

static bool play_correct(struct play *c, struct submission *s)
{
    for (int i = 0; i < SOLVER_TRIES; i++) {
        int64_t user = draw_skilled_user(c);
        const struct player *p = &c->players[user];
        bool duplicate = play_draw(c, 100) < DUPLICATE_PERCENT;
        int64_t challenge = duplicate ? draw_challenge(c, p) : unsolved(c, p);

        if (challenge == -1)
            continue;
        *s = (struct submission){user, challenge, true, !c->first_seen[challenge]};
        c->first_seen[challenge] = true;
        c->solved[p->row * c->size.challenges + challenge] = true;
        return true;
    }
    return false;
}

struct submission play_next(struct play *c)
{
    struct submission s;

    if (play_draw(c, 100) >= WRONG_PERCENT && play_correct(c, &s))
        return s;
    s = (struct submission){.user = draw_user(c)};
    s.challenge = draw_challenge(c, &c->players[s.user]);
    return s;
}
