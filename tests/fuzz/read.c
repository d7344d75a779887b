/*
 * The boards. Input: lines with the method, the URL, Accept-Encoding, If-None-Match,
 * Available-Dictionary and Authorization, where an empty one is no header.
 *
 * Of the boards there are revisions 100 and 200, which is current, for everybody, division 3 and the
 * staff, and a delta from one to the other.
 */
#include "lib/gzip.h"
#include "lib/revision.h"
#include "lib/snapshot.h"
#include "lib/tokens.h"
#include "tests/fuzz/responder.h"

#include <limits.h>
#include <unistd.h>

#define STAFF      "Bearer a-token-of-the-staff"
#define DICTIONARY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_"
#define CURRENT    200

const char responder_settings[] =
    "[scoreboard]\ndirectory = node\n[read]\nstaff_token_file = tokens\n";

/* --- The boards ------------------------------------------------------------------------------- */

static void write_file(int revision, enum audience audience, const char *file,
                       const struct buffer *bytes)
{
    char name[PATH_MAX];

    snprintf(name, sizeof name, "node%s/boards/%d/%s", line_folders[audience], revision, file);
    fuzz_write(name, bytes->data, bytes->len);
}

static void write_document(struct gzip *z, int revision, const struct document_name *document)
{
    struct buffer text = {0}, packed = {0};
    char file[SNAPSHOT_FILE_MAX];
    struct err err;

    snapshot_gzip_file(file, document);
    buffer_printf(&text, "{\"file\":\"%s\",\"revision\":%d}", file, revision);
    CHECK(gzip_compress(z, &text, &packed, &err) == 0);
    write_file(revision, document->audience, file, &packed);
    if (document->audience == AUDIENCE_PUBLIC) {
        snapshot_delta_file(file, document, DICTIONARY);
        write_file(revision, document->audience, file, &text);
    }
    buffer_release(&text);
    buffer_release(&packed);
}

static void make_revision(struct gzip *z, int revision)
{
    struct document_name d = {.audience = AUDIENCE_PUBLIC};

    for (; d.audience < AUDIENCE_COUNT; d.audience++)
        for (d.board = 0; d.board < BOARD_COUNT; d.board++) {
            d.division = DIVISION_ALL;
            write_document(z, revision, &d);
            d.division = 3;
            write_document(z, revision, &d);
        }
}

static void make_boards(void)
{
    char path[PATH_MAX];
    struct err err;
    struct gzip *z = gzip_new(1, &err);

    CHECK(z);
    make_revision(z, 100);
    make_revision(z, CURRENT);
    gzip_free(z);
    fuzz_write("tokens", &STAFF[7], strlen(STAFF) - 7);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        snprintf(path, sizeof path, "%s/node%s/current", fuzz_directory(), line_folders[a]);
        CHECK(symlink("boards/200", path) == 0);
    }
}

/* --- What is answered ------------------------------------------------------------------------- */

static bool is_staff(const struct exchange *x)
{
    const char *token = tokens_bearer(x->request.authorization);

    return token && strcmp(token, tokens_bearer(STAFF)) == 0;
}

/* A file of ours, of the revision that is named, and never one of the staff's. */
static void check_file(const struct exchange *x, const char *revision)
{
    const char *path = exchange_header(x, "X-Sendfile");
    char prefix[PATH_MAX], dictionary[DICTIONARY_NAME_MAX];
    struct document_name document;

    if (!path)
        return;
    snprintf(prefix, sizeof prefix, "%s/node/boards/%s/", fuzz_directory(), revision);
    CHECK(strncmp(path, prefix, strlen(prefix)) == 0 && access(path, R_OK) == 0);
    CHECK(snapshot_file_parse(path + strlen(prefix), &document, dictionary));
    CHECK(document.audience == AUDIENCE_PUBLIC && !is_staff(x));
    CHECK(exchange_header(x, "Content-Encoding"));
}

/* Who has it, and says so with its tag, is told just that. */
static void check_again(const struct exchange *x, const char *etag)
{
    struct exchange again = {.request = x->request};

    again.request.if_none_match = etag;
    exchange_run(&again);
    CHECK(again.status == 304 && strcmp(exchange_header(&again, "ETag"), etag) == 0);
    exchange_release(&again);
}

/* HEAD says of GET all but the body. */
static void check_twin(const struct exchange *x)
{
    struct exchange twin = {.request = x->request};
    bool get = strcmp(x->request.method, "GET") == 0;

    twin.request.method = get ? "HEAD" : "GET";
    exchange_run(&twin);
    CHECK(twin.status == x->status && twin.head_len == x->head_len);
    CHECK(memcmp(twin.answer.data, x->answer.data, x->head_len) == 0);
    exchange_release(&twin);
}

static void check_board(const struct exchange *x)
{
    const char *revision = exchange_header(x, "X-Scoreboard-Revision");
    const char *etag = exchange_header(x, "ETag");
    char tag[512];

    CHECK(revision && (strcmp(revision, "100") == 0 || strcmp(revision, "200") == 0));
    CHECK(is_staff(x) == !etag);
    CHECK(strcmp(revision, "200") == 0 || strstr(x->request.query, "r"));
    check_file(x, revision);
    CHECK(x->status != 304 || x->request.if_none_match);
    if (etag) {
        snprintf(tag, sizeof tag, "%s", etag);
        check_again(x, tag);
    }
}

static void check_read(struct exchange *x)
{
    exchange_run(x);
    if (x->status == 200 && strcmp(exchange_header(x, "Content-Type"), "text/event-stream") == 0)
        return;
    if (x->status != 405)
        check_twin(x);
    if (x->status == 200 || x->status == 304)
        check_board(x);
    else
        CHECK(x->status == 400 || x->status == 401 || x->status == 404 || x->status == 405 ||
              x->status == 503);
}

static const char *or_null(const char *line)
{
    return *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool made;
    struct input in = input_of(data, size);
    struct exchange x = {.status = 0};
    char *lines[6];
    const char *query;

    if (!made)
        make_boards();
    made = true;
    for (int i = 0; i < 6; i++)
        lines[i] = input_line(&in);
    query = strchr(lines[1], '?');
    x.request = (struct request){.method = lines[0],
                                 .query = query ? query + 1 : "",
                                 .accept_encoding = or_null(lines[2]),
                                 .if_none_match = or_null(lines[3]),
                                 .available_dictionary = or_null(lines[4]),
                                 .authorization = or_null(lines[5])};
    request_set_path(&x.request, lines[1], "", "");
    check_read(&x);
    for (int i = 0; i < 6; i++)
        free(lines[i]);
    exchange_release(&x);
    return 0;
}
