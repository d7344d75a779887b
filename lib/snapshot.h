/*
 * snapshot: all boards of one revision, in memory and as a directory.
 *
 *   <directory>/lock                                      flock()ed by the directory's one daemon
 *   <directory>/current                                   -> boards/<revision>
 *   <directory>/boards/<revision>/public/all/<board>.json[.gz]
 *   <directory>/boards/<revision>/public/all/<board>.<dictionary>.dcz
 *   <directory>/boards/<revision>/manifest.json           a revision without one does not count
 *
 * A path's content never changes: revisions are in the path, so that lighttpd's stat cache, a
 * sendfile in flight and an immutable answer are all safe. Audience and division are folders (today
 * only public/all), so that freeze and divisions find their place. The same names,
 * "public/all/<board>", are the fields of the hash in Redis.
 *
 * The daemon alone writes (daemon/materialise.c); responders look up `current` or a revision and
 * hand the file over.
 */
#ifndef LIB_SNAPSHOT_H
#define LIB_SNAPSHOT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/buffer.h"
#include "lib/err.h"
#include "lib/event.h"

enum board {
    BOARD_LEADERBOARD,
    BOARD_LEADERBOARD_TEAMS,
    BOARD_TIMELINE,
    BOARD_TIMELINE_TEAMS,
    BOARD_CTFTIME, /* the feed that CTFtime imports */
    BOARD_COUNT
};

/* What a board is called, for example: */
struct board_name {
    const char *url;   /* "/api/leaderboard/teams" */
    const char *name;  /* "leaderboard-teams", in the ETag */
    const char *place; /* "public/all/leaderboard-teams": its files' stem, its field in Redis */
};
extern const struct board_name board_names[BOARD_COUNT];

/* The folders of a revision: the audience, and in it the division. */
#define SNAPSHOT_AUDIENCE "public"
#define SNAPSHOT_DIVISION SNAPSHOT_AUDIENCE "/all"

/* What is said of a snapshot besides its boards: the manifest, and the plain fields of the hash in
 * Redis. */
struct snapshot_head {
    int64_t revision;         /* REVISION_NONE: no snapshot */
    struct board_event event; /* what its rebuild was made of */
    int64_t read_at; /* PostgreSQL's clock when its data was read, microseconds since 1970 */
    int64_t took;    /* reading PostgreSQL, ms: what `pace` is reckoned from, on every node */
};

struct snapshot {
    struct snapshot_head head;
    struct buffer json[BOARD_COUNT];
    struct buffer gzip[BOARD_COUNT];
    struct buffer deltas[BOARD_COUNT]; /* lib/deltas.h */
};

void snapshot_init(struct snapshot *s, size_t board_max);
void snapshot_release(struct snapshot *s);
void snapshot_clear(struct snapshot *s); /* no snapshot; the memory stays */

/* --- The directory, as its readers see it ----------------------------------------------------- */

/* The node's revision, REVISION_NONE when there is none. */
int64_t snapshot_current(const char *directory);

/* A board's file within its revision, as the manifest names it: "public/all/timeline.json.gz". */
#define SNAPSHOT_FILE_MAX 128
void snapshot_file(char out[SNAPSHOT_FILE_MAX], enum board board, bool gzip);

/* "public/all/timeline.<dictionary>.dcz": what the board differs in from an older one. */
void snapshot_delta_file(char out[SNAPSHOT_FILE_MAX], enum board board, const char *dictionary);

/* "<directory>/boards/17/public/all/timeline.json.gz". false: too long. */
bool snapshot_path(char out[PATH_MAX], const char *directory, int64_t revision, enum board board,
                   bool gzip);
bool snapshot_delta_path(char out[PATH_MAX], const char *directory, int64_t revision,
                         enum board board, const char *dictionary);

/* Appends the manifest of a snapshot: its head, and the name and size of each of its files. */
void snapshot_format_manifest(struct buffer *out, const struct snapshot *s);

/* Reads and checks a manifest: its format, its revision, that it names each board's two files, and
 * that all files it names are there with the sizes that it names. */
int snapshot_read_manifest(const char *directory, int64_t revision, struct snapshot_head *head,
                           struct err *err) MUST_CHECK;

#endif
