/*
 * scoreboard-read.fcgi: the boards.
 *
 *   GET /api/leaderboard[/teams][?division=ID][&rev=N]
 *   GET /api/timeline[/teams][?division=ID][&rev=N]
 *
 * The daemon has written every board of the node's current revision, and of some before it, into
 * files. A read finds the right file and hands it over; it never waits, never computes a board and
 * never touches PostgreSQL or Redis, so that nothing which happens to those can stop a read, and
 * no number of reads can do anything to those.
 *
 * `rev=N` means "N or a newer one", and is how a viewer that was told of N makes sure that it sees
 * N, on whichever node it lands. A node that has not got so far says 503 at once: a responder that
 * waited for N would let anyone stop the board with as many requests as there are responders.
 *
 * One of the staff, by a bearer token of theirs, gets the boards of the staff's line (lib/snapshot.h)
 * while something is withheld from the public: those after the freeze, and those of a competition
 * that is not shown. Nothing that is said to anybody else depends on these.
 *
 * The files are gzipped. Who takes no gzip, hardly anyone, gets the text, which is made of it then.
 *
 * This program also stands in for the daemon: while that is away, lighttpd's server.error-handler
 * sends requests for the stream and for health here, under the path that they asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/negotiate.h"
#include "fcgi/query.h"
#include "fcgi/responder.h"
#include "lib/cors.h"
#include "lib/file.h"
#include "lib/gzip.h"
#include "lib/http.h"
#include "lib/log.h"
#include "lib/revision.h"
#include "lib/snapshot.h"
#include "lib/tokens.h"

#define REV_FORM "must be given once, as a whole number from 1 to 9007199254740991"

struct reader {
    const struct config *config;
    struct token_file staff_tokens;
};

/* What is asked for. */
struct wanted {
    bool staff; /* by one of the staff: the unfrozen boards, where these are not everybody's */
    struct document_name document;        /* its audience: whose line is looked at */
    bool gzip;                            /* else as plain text */
    char dictionary[DICTIONARY_NAME_MAX]; /* a delta from it will do; "": none will */
    int64_t revision; /* this one or a newer one; REVISION_NONE: whichever is current */
};

/* The file that answers it. It is open: whatever the daemon prunes now, these bytes are safe. */
struct found {
    int64_t revision;
    enum coding coding;
    int fd;
    int64_t size;
    char path[PATH_MAX];
};

/* --- Finding a board -------------------------------------------------------------------------- */

/* False: there is a `rev` and it is no revision, or there are several. */
static bool parse_rev(const struct request *request, int64_t *revision)
{
    struct query_parameter rev = query_find(request->query, "rev");

    *revision = REVISION_NONE;
    if (rev.times == 0)
        return true;
    return rev.times == 1 && rev.len <= sizeof rev.value &&
           revision_parse(rev.value, rev.len, revision);
}

/* False: whatever the query says, there is no such division. */
static bool parse_division(const struct request *request, int64_t *division)
{
    struct query_parameter found = query_find(request->query, "division");

    *division = DIVISION_ALL;
    if (found.times == 0)
        return true;
    return found.times == 1 && found.len <= sizeof found.value &&
           revision_parse(found.value, found.len, division); /* ids have its form */
}

static int open_file(const char *directory, const struct wanted *wanted, int64_t revision,
                     const char *file, struct found *found)
{
    if (!snapshot_path(found->path, directory, wanted->document.audience, revision, file)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(found->path, O_RDONLY | O_CLOEXEC);
}

/* After an open that failed. Else there may be such a file, but no descriptor for it, or no right. */
static bool is_missing(void)
{
    return errno == ENOENT || errno == ENOTDIR;
}

/* A delta, which mostly there is none of, or the whole. */
static int open_document(const char *directory, const struct wanted *wanted, int64_t revision,
                         struct found *found)
{
    char file[SNAPSHOT_FILE_MAX];
    int fd = -1;

    found->coding = CODING_DELTA;
    if (wanted->dictionary[0] != '\0') {
        snapshot_delta_file(file, &wanted->document, wanted->dictionary);
        fd = open_file(directory, wanted, revision, file, found);
    }
    if (fd >= 0)
        return fd;
    found->coding = wanted->gzip ? CODING_GZIP : CODING_IDENTITY;
    snapshot_gzip_file(file, &wanted->document);
    return open_file(directory, wanted, revision, file, found);
}

static bool open_revision(const char *directory, const struct wanted *wanted, int64_t revision,
                          struct found *found)
{
    struct stat st;

    found->fd = open_document(directory, wanted, revision, found);
    if (found->fd < 0)
        return false;
    if (fstat(found->fd, &st) < 0) {
        close(found->fd);
        errno = EIO;
        return false;
    }
    found->revision = revision;
    found->size = st.st_size;
    return true;
}

/* The staff's where it goes on by itself, or nobody can tell: they must not take for theirs what is the
 * public's. */
static enum audience line_for(const char *directory, const struct wanted *wanted)
{
    int64_t staffs;

    if (!wanted->staff)
        return AUDIENCE_PUBLIC;
    staffs = snapshot_current(directory, AUDIENCE_STAFF);
    if (staffs == REVISION_NONE && !is_missing()) {
        log_error("%s%s: %s; does this responder run as the daemon's user?", directory,
                  line_folders[AUDIENCE_STAFF], strerror(errno));
        return AUDIENCE_STAFF;
    }
    return staffs != REVISION_NONE && staffs >= snapshot_current(directory, AUDIENCE_PUBLIC)
               ? AUDIENCE_STAFF
               : AUDIENCE_PUBLIC;
}

enum finding { FOUND, NOT_YET, NO_DIVISION, NOT_VISIBLE, NOT_READABLE };

/* Whether the current boards are shown to who asks. What is left of a time when they were is hidden
 * with them. */
static bool is_shown(const char *directory, const struct wanted *wanted, int64_t current)
{
    struct wanted everybody = *wanted;
    struct found found;

    everybody.document.division = DIVISION_ALL;
    if (!open_revision(directory, &everybody, current, &found))
        return false;
    close(found.fd);
    return true;
}

/* The current revision has not got it: then it has no such division, or nothing for who asks. */
static enum finding judge_lack(const char *directory, const struct wanted *wanted, int64_t current)
{
    char path[PATH_MAX];

    if (is_shown(directory, wanted, current))
        return NO_DIVISION;
    if (!is_missing())
        return NOT_READABLE;
    return snapshot_path(path, directory, wanted->document.audience, current, "manifest.json") &&
                   access(path, F_OK) == 0
               ? NOT_VISIBLE
               : NOT_YET;
}

/* The revision asked for where it is kept, else the current one, unless that is older. Looks twice:
 * a process that is stopped between the two lines may wake up after the revision that it read as
 * current was superseded and pruned. */
static enum finding find_board(const char *directory, const struct wanted *wanted,
                               struct found *found)
{
    enum finding finding = NOT_YET;

    for (int look = 0; look < 2; look++) {
        int64_t current = snapshot_current(directory, wanted->document.audience);

        if (current == REVISION_NONE || current < wanted->revision)
            return NOT_YET;
        if (wanted->revision != REVISION_NONE && is_shown(directory, wanted, current) &&
            open_revision(directory, wanted, wanted->revision, found))
            return FOUND;
        if (open_revision(directory, wanted, current, found))
            return FOUND;
        finding = is_missing() ? judge_lack(directory, wanted, current) : NOT_READABLE;
    }
    return finding;
}

/* --- Answering with it ------------------------------------------------------------------------ */

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* Web servers decode the path in these headers. Without it there is no answer. */
static void path_header(struct response *response, const char *name, const char *prefix,
                        const char *path)
{
    struct buffer value = {0};

    buffer_append_text(&value, prefix);
    for (; *path; path++) {
        if (*path == '%' || is_control(*path))
            buffer_printf(&value, "%%%02X", (unsigned char)*path);
        else
            buffer_append_char(&value, *path);
    }
    buffer_append_char(&value, '\0');
    if (buffer_failed(&value))
        response->headers.failed = true;
    else
        response_header(response, name, value.data);
    buffer_release(&value);
}

/* What the staff get never passes through a web server's files: it need not, and cannot, read them. */
static void hand_over(struct response *response, const struct config *config,
                      const struct wanted *wanted, const struct found *found)
{
    enum handover handover = wanted->staff ? HANDOVER_BODY : (enum handover)config->handover;

    response->file_size = found->size;
    response->by_server = handover != HANDOVER_BODY;
    if (handover == HANDOVER_X_SENDFILE)
        path_header(response, "X-Sendfile", "", found->path);
    if (handover == HANDOVER_X_ACCEL_REDIRECT)
        path_header(response, "X-Accel-Redirect", config->accel_prefix,
                    found->path + strlen(config->directory) + 1);
}

/* An answer to `rev` will never be another one if it is exactly that: caches in front may keep it and
 * take the refetch herd off us; not for long, since names are in it. The browser that has shown them
 * may keep them for a day, since a text is a dictionary for as long as it is fresh, or may be used
 * when it is not: as a newer one than was asked for may. */
static const char *cache_control(const struct wanted *wanted, const struct found *found)
{
    if (wanted->staff)
        return "private, no-store";
    if (wanted->revision == REVISION_NONE)
        return "no-cache";
    return found->revision == wanted->revision ? "public, max-age=86400, s-maxage=300, immutable"
                                               : "private, max-age=0, stale-while-revalidate=86400";
}

/* The headers that a 304 has too. */
static void describe(struct response *response, const struct wanted *wanted,
                     const struct found *found, const char *etag)
{
    char revision[REVISION_MAX];

    snprintf(revision, sizeof revision, "%" PRId64, found->revision);
    if (!wanted
             ->staff) /* who keeps nothing has nothing to compare; and the public's tag is another */
        response_header(response, "ETag", etag);
    response_header(response, "Vary",
                    "Accept-Encoding, Available-Dictionary, Authorization, Origin");
    response_header(response, "X-Scoreboard-Revision", revision);
    response_header(response, "Cache-Control", cache_control(wanted, found));
}

/* Whoever has this answer may be told the next ones by what differs. No two boards have one pattern:
 * a browser keeps one dictionary for each. A path with what a pattern, or a header's text, takes for
 * something else is not of our making. */
static void offer_as_dictionary(struct response *response, const char *path, int64_t division)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.";
    char value[sizeof((struct request *)0)->path + 64], of_division[32] = "";

    if (path[strspn(path, plain)] != '\0')
        return;
    if (division != DIVISION_ALL)
        snprintf(of_division, sizeof of_division, "division=%" PRId64 "&", division);
    snprintf(value, sizeof value, "match=\"%s?%srev=*\"", path, of_division);
    response_header(response, "Use-As-Dictionary", value);
}

/* Makes the text of the file, which is closed then. */
static int expand(struct response *response, size_t most, struct err *err)
{
    struct buffer file = {.max = most};
    struct gzip *z = gzip_new(1, err);
    int status = -1;

    response->body.max = most;
    if (z && file_read_open(&file, response->file, err) == 0)
        status = gzip_expand(z, &file, &response->body, err);
    gzip_free(z);
    buffer_release(&file);
    close(response->file);
    response->file = -1;
    return status;
}

/* The text's length is known without the text, and is all that HEAD asks for. */
static int measure(struct response *response, const struct found *found, struct err *err)
{
    unsigned char end[GZIP_LENGTH_BYTES];

    if (pread(found->fd, end, sizeof end, found->size - GZIP_LENGTH_BYTES) != sizeof end)
        return err_set(err, "too short");
    response->file_size = (int64_t)gzip_announced_length(end);
    return 0;
}

static bool make_text(const struct config *config, const struct request *request,
                      const struct found *found, struct response *response)
{
    struct err err;
    int status = strcmp(request->method, "HEAD") == 0
                     ? measure(response, found, &err)
                     : expand(response, (size_t)config->boards_max, &err);

    if (status == 0)
        return true;
    log_warn("%s: %s", found->path, err.text);
    buffer_clear(&response->body);
    response_error(response, 503, "this board cannot be read", NULL, NULL);
    return false;
}

static void describe_form(struct response *response, const struct request *request,
                          const struct wanted *wanted, const struct found *found)
{
    static const char *const encodings[] = {NULL, "gzip", "dcz"};

    response_header(response, "Content-Type", HTTP_JSON);
    if (found->coding != CODING_IDENTITY)
        response_header(response, "Content-Encoding", encodings[found->coding]);
    if (wanted->revision != REVISION_NONE && !wanted->staff)
        offer_as_dictionary(response, request->path, wanted->document.division);
}

static void send_board(const struct config *config, const struct request *request,
                       const struct wanted *wanted, const struct found *found,
                       struct response *response)
{
    struct variant variant = {found->revision, board_names[wanted->document.board].name,
                              found->coding, wanted->dictionary};
    char etag[ETAG_MAX];
    bool unchanged = negotiate_unchanged(etag, &variant, request->if_none_match,
                                         request->accept_encoding, wanted->dictionary) &&
                     !wanted->staff;
    bool text = found->coding == CODING_IDENTITY;

    response->file = found->fd; /* which closes it, whoever reads it */
    if (!unchanged && text && !make_text(config, request, found, response))
        return;
    describe(response, wanted, found, etag);
    if (unchanged) {
        response->status = 304;
        return;
    }
    describe_form(response, request, wanted, found);
    if (!text)
        hand_over(response, config, wanted, found);
}

static void answer_lack(enum finding finding, struct response *response)
{
    if (finding == NO_DIVISION)
        response_error(response, 404, "not found", "division", "there is no such division");
    else if (finding == NOT_VISIBLE)
        response_error(response, 403, "the organisers do not show this competition now", NULL,
                       NULL);
    else {
        response_header(response, "Retry-After", "1");
        response_error(response, 503,
                       finding == NOT_YET ? "this node has no such revision yet"
                                          : "this board cannot be read",
                       NULL, NULL);
    }
}

/* False: there is a token, and it is none of the staff's. Authorization of another kind is the web
 * server's affair. */
static bool identify(struct reader *reader, const struct request *request, struct wanted *wanted)
{
    const char *token = tokens_bearer(request->authorization);

    wanted->staff = token && token_file_admits(&reader->staff_tokens, token);
    return wanted->staff || !token;
}

static void answer_board(struct reader *reader, enum board board, const struct request *request,
                         struct response *response)
{
    const struct config *config = reader->config;
    struct wanted wanted = {.document = {.audience = AUDIENCE_PUBLIC, .board = board},
                            .gzip = negotiate_gzip(request->accept_encoding)};
    enum finding finding = NO_DIVISION;
    struct found found;

    if (!identify(reader, request, &wanted)) {
        response_header(response, "WWW-Authenticate", "Bearer");
        response_error(response, 401, HTTP_NOT_STAFF, NULL, NULL);
        return;
    }
    if (!wanted.staff)
        (void)negotiate_delta(wanted.dictionary, request->accept_encoding,
                              request->available_dictionary);
    if (!parse_rev(request, &wanted.revision)) {
        response_error(response, 400, "invalid input", "rev", REV_FORM);
        return;
    }
    wanted.document.audience = line_for(config->directory, &wanted);
    if (parse_division(request, &wanted.document.division))
        finding = find_board(config->directory, &wanted, &found);
    if (finding == FOUND)
        send_board(config, request, &wanted, &found, response);
    else
        answer_lack(finding, response);
}

/* --- Standing in for the daemon --------------------------------------------------------------- */

static void answer_stream(const struct config *config, struct response *response)
{
    buffer_append_text(&response->headers, http_stream_headers);
    http_append_refusal(&response->body, http_draw_retry(config->retry));
}

static void answer_health(struct response *response)
{
    response_header(response, "Retry-After", "1");
    response_error(response, 503, "the daemon does not answer", NULL, NULL);
}

/* --- Pages of other sites --------------------------------------------------------------------- */

/* Whoever asks by a token is no page of another site: such an answer is for nobody else. */
static void let_origin_read(const struct config *config, const struct request *request,
                            struct response *response)
{
    const char *origin = request->authorization ? NULL : request->origin;
    char headers[CORS_HEADERS_MAX];

    buffer_append_text(&response->headers, cors_headers(headers, config->cors_origins, origin,
                                                        origin ? strlen(origin) : 0));
}

/* --- Which call it is ------------------------------------------------------------------------- */

static bool find_route(const struct request *request, enum board *board)
{
    for (enum board b = 0; b < BOARD_COUNT; b++)
        if (request_path_is(request, board_names[b].url)) {
            *board = b;
            return true;
        }
    return false;
}

static void answer(void *context, const struct request *request, struct response *response)
{
    struct reader *reader = context;
    bool stream = request_path_is(request, "/api/scoreboard/stream");
    bool health = request_path_is(request, "/api/scoreboard/health");
    enum board board;

    if (!stream && !health && !find_route(request, &board)) {
        response_error(response, 404, "not found", NULL, NULL);
        return;
    }
    if (!request_is_get(request)) {
        response_not_allowed(response, "GET, HEAD");
        return;
    }
    let_origin_read(reader->config, request, response);
    if (stream)
        answer_stream(reader->config, response);
    else if (health)
        answer_health(response);
    else
        answer_board(reader, board, request, response);
}

int main(int argc, char **argv)
{
    struct config config;
    struct reader reader = {.config = &config};
    int status;

    responder_start(argc, argv, "scoreboard-read.fcgi", &config);
    token_file_init(&reader.staff_tokens, config.staff_token_file,
                    "nobody sees the staff's boards (scoreboardctl token --staff makes a token)");
    status = responder_serve(answer, &reader);
    token_file_release(&reader.staff_tokens);
    config_release(&config);
    return status;
}
