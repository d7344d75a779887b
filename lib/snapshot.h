/*
 * snapshot: an audience's boards of one revision, in memory, in Redis and as a directory.
 *
 * It is a list of files. Each is one form of a document, and a document is one board for one
 * audience and one division:
 *
 *   <directory>/lock                                      flock()ed by the directory's one daemon
 *   <directory>/current                                   -> boards/<revision>
 *   <directory>/boards/<revision>/<audience>/<division>/<board>.json.gz
 *   <directory>/boards/<revision>/<audience>/<division>/<board>.<dictionary>.dcz
 *   <directory>/boards/<revision>/manifest.json           a revision without one does not count
 *   <directory>/staff/current, boards/...                 likewise, for the staff
 *
 *   for example                 public/all/leaderboard.json.gz, public/3/timeline-teams.json.gz
 *
 * The public and the staff have a line of revisions each. While nothing is withheld from the public
 * its line alone goes on. In a freeze, before the start, and while the competition is not shown, the
 * staff's goes on with each rebuild and the public's only when what it is shown has changed: so that
 * nothing of it tells whether anything happened. (Not shown, it has a snapshot without any file.)
 * Whose line has the greater revision is the newest; where both have the same, the staff's is.
 *
 * The manifest says what belongs to the revision: each file's name, size and checksum. In Redis it
 * lies beside the files, which are one string there, one after the other: so nodes exchange
 * whatever there is, and only who makes and who serves a document knows what it is.
 *
 * There is no identity form: hardly a client asks for it, and for who does it is made of the gzip
 * (fcgi/read.c).
 *
 * A path's content never changes: revisions are in the path, so that lighttpd's stat cache, a
 * sendfile in flight and an immutable answer are all safe.
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
#include "lib/dictionary.h"
#include "lib/err.h"
#include "lib/event.h"

/* --- Documents and their files ---------------------------------------------------------------- */

enum audience { AUDIENCE_PUBLIC, AUDIENCE_STAFF, AUDIENCE_COUNT };

enum board {
    BOARD_LEADERBOARD,
    BOARD_LEADERBOARD_TEAMS,
    BOARD_TIMELINE,
    BOARD_TIMELINE_TEAMS,
    BOARD_CTFTIME, /* the feed that CTFtime imports */
    BOARD_COUNT
};

struct board_name {
    const char *url;  /* "/api/leaderboard/teams" */
    const char *name; /* "leaderboard-teams": its files' stem, and in its ETag */
};
extern const struct board_name board_names[BOARD_COUNT];

#define DIVISION_ALL INT64_C(-1) /* no division: everybody */

struct document_name {
    enum audience audience;
    int64_t division; /* its id, or DIVISION_ALL */
    enum board board;
};

/* "public/all/leaderboard" */
#define DOCUMENT_NAME_MAX 64
void document_format(char out[DOCUMENT_NAME_MAX], const struct document_name *document);

/* A file of it within its revision, as the manifest names it. */
#define SNAPSHOT_FILE_MAX 128
void snapshot_gzip_file(char out[SNAPSHOT_FILE_MAX], const struct document_name *document);
void snapshot_delta_file(char out[SNAPSHOT_FILE_MAX], const struct document_name *document,
                         const char *dictionary);

/* What such a name says. False: it is none, whatever it may be; so no name leads out of its folder.
 * `dictionary` is "" for the gzip. */
bool snapshot_file_parse(const char *name, struct document_name *document,
                         char dictionary[DICTIONARY_NAME_MAX]);

/* Where an audience's line lies: "" or "/staff", below the directory. */
extern const char *const line_folders[AUDIENCE_COUNT];

/* "<directory>/boards/17/<file>", of that audience's line. False: too long. */
bool snapshot_path(char out[PATH_MAX], const char *directory, enum audience audience,
                   int64_t revision, const char *file);

/* --- In memory -------------------------------------------------------------------------------- */

/* What is said of a snapshot besides its files. */
struct snapshot_head {
    int64_t revision;         /* REVISION_NONE: no snapshot */
    struct board_event event; /* what its rebuild was made of */
    int64_t read_at; /* PostgreSQL's clock when its data was read, microseconds since 1970 */
    int64_t took;    /* reading PostgreSQL, ms: what `pace` is reckoned from, on every node */
};

/* The newest of both lines; without any, of revision NONE. */
const struct snapshot_head *newest_head(const struct snapshot_head heads[AUDIENCE_COUNT]);

/* Something is withheld from the public. */
bool lines_part(const struct snapshot_head heads[AUDIENCE_COUNT]);

struct snapshot_file {
    char name[SNAPSHOT_FILE_MAX];
    size_t at, size; /* in `bytes` */
    uint32_t crc32;
};

struct snapshot {
    struct snapshot_head head;
    struct snapshot_file *files;
    size_t nfiles, files_cap;
    struct buffer bytes; /* of the files, one after the other; failed: there was no room for all */
};

void snapshot_init(struct snapshot *s, size_t bytes_max);
void snapshot_release(struct snapshot *s);
void snapshot_clear(struct snapshot *s); /* no snapshot; the memory stays */

void snapshot_add_file(struct snapshot *s, const char *name, const char *data, size_t size);

/* --- The manifest ----------------------------------------------------------------------------- */

/* Appends it as text. */
void snapshot_format_manifest(struct buffer *out, const struct snapshot *s);

/* Head and files out of a manifest's text; their bytes are for the caller to add. That it comes
 * from Redis or a disk is no reason to believe it: its names are names of files of ours, and all
 * boards of everybody are among them, for one audience at least; or there is none at all. */
int snapshot_parse_manifest(struct snapshot *s, const char *text, size_t len,
                            struct err *err) MUST_CHECK;

/* Whether s->bytes are those that the manifest tells of. */
int snapshot_check_bytes(const struct snapshot *s, struct err *err) MUST_CHECK;

/* --- The directory, as its readers see it ----------------------------------------------------- */

/* The node's revision of an audience's line, REVISION_NONE when there is none: errno says why. */
int64_t snapshot_current(const char *directory, enum audience audience);

/* Reads and checks a revision's manifest: that it is of this revision, and that its files are there
 * with the sizes that it names, `bytes` in all. */
int snapshot_read_manifest(const char *directory, enum audience audience, int64_t revision,
                           struct snapshot_head *head, int64_t *bytes, struct err *err) MUST_CHECK;

#endif
