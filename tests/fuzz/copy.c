/*
 * COPY's binary rows, and the boards that are made of them. Input: a first byte, then
 *
 *   0          COPY's bytes as they are, of any function
 *   otherwise  what rows are written of: each is a function and, for each of its columns, a way to
 *              fill it in. The streams are well formed, unless the byte says to damage one.
 */
#include "lib/board/copy.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "lib/board/boards.h"
#include "lib/json.h"
#include "tests/fuzz/fuzz.h"

#define ROWS_MAX 200

/* What each column looks like: 8, 4 or 1 bytes, or Text; 'a' and 'd' are 4 and 8 that are never NULL. */
static const char *const columns[FUNCTION_COUNT] = {
    [FUNCTION_COMPETITION] = "T8881T",  [FUNCTION_DIVISIONS] = "8T",
    [FUNCTION_CHALLENGES] = "8TTTaa41", [FUNCTION_TEAMS] = "8T88",
    [FUNCTION_USERS] = "8T888",         [FUNCTION_SOLVES] = "88884",
    [FUNCTION_AWARDS] = "88ad",
};

/* As PostgreSQL would send it, and where each chunk ends. */
struct stream {
    struct buffer bytes;
    size_t ends[ROWS_MAX + 2], chunks, rows;
};

/* --- Writing rows ----------------------------------------------------------------------------- */

static void put_number(struct stream *s, uint64_t n, int bytes)
{
    while (bytes-- > 0)
        buffer_append_char(&s->bytes, (char)(n >> 8 * bytes));
}

static void end_chunk(struct stream *s)
{
    s->ends[s->chunks++] = s->bytes.len;
}

static void begin_stream(struct stream *s)
{
    *s = (struct stream){0};
    buffer_append(&s->bytes, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
}

/* Mostly one of the few that others name, too. */
static void put_wide(struct stream *s, struct input *in, int width, bool null)
{
    uint8_t how = input_byte(in);
    uint64_t n = how < 200 ? how % 8 : how < 250 ? input_number(in, 3) : input_number(in, width);

    if (null && how % 16 == 15) {
        put_number(s, UINT32_MAX, 4);
        return;
    }
    put_number(s, (uint64_t)width, 4);
    put_number(s, how % 32 == 16 ? -n : n, width);
}

static void put_text(struct stream *s, struct input *in)
{
    static const char *const known[] = {"dynamic", "reference", "shared", "\xf0\x9f\x98\x80"};
    uint8_t how = input_byte(in);
    char *text = how < 240 ? input_text(in, how % 8) : strdup(known[how % 4]);
    int times = how == 239 ? 400 : 1;

    CHECK(text);
    put_number(s, strlen(text) * (size_t)times, 4);
    while (times-- > 0)
        buffer_append_text(&s->bytes, text);
    free(text);
}

static void put_field(struct stream *s, struct input *in, char column)
{
    if (column == 'T')
        put_text(s, in);
    else if (column == '1' && input_byte(in) % 4 == 3)
        put_number(s, UINT32_MAX, 4);
    else if (column == '1')
        put_number(s, 1, 4), put_number(s, input_byte(in) % 2, 1);
    else
        put_wide(s, in, column == '4' || column == 'a' ? 4 : 8, column == '4' || column == '8');
}

static void put_row(struct stream *s, struct input *in, enum copy_function function)
{
    if (s->rows == ROWS_MAX)
        return;
    if (s->rows++ > 0)
        end_chunk(s); /* the header comes with the first row */
    put_number(s, strlen(columns[function]), 2);
    for (const char *column = columns[function]; *column; column++)
        put_field(s, in, *column);
}

static void end_stream(struct stream *s)
{
    end_chunk(s);
    put_number(s, UINT16_MAX, 2);
    end_chunk(s);
    CHECK(!buffer_failed(&s->bytes));
}

static void write_streams(struct stream streams[FUNCTION_COUNT], struct input *in)
{
    for (int f = 0; f < FUNCTION_COUNT; f++)
        begin_stream(&streams[f]);
    while (input_left(in) > 0) {
        enum copy_function function = input_byte(in) % FUNCTION_COUNT;

        put_row(&streams[function], in, function);
    }
    for (int f = 0; f < FUNCTION_COUNT; f++)
        end_stream(&streams[f]);
}

/* --- Reading them ----------------------------------------------------------------------------- */

/* From a copy that ends where the chunk ends. */
static int decode(struct copy_decoder *c, const char *bytes, size_t len)
{
    char *exact = malloc(len + 1);
    struct err err = {""};
    int status;

    CHECK(exact);
    memcpy(exact, bytes, len);
    status = copy_decode(c, exact, len, &err);
    CHECK(status == 0 || err.text[0]);
    free(exact);
    return status;
}

static int decode_in_chunks(struct copy_decoder *c, const struct stream *s)
{
    size_t at = 0;

    for (size_t i = 0; i < s->chunks; at = s->ends[i++])
        if (decode(c, s->bytes.data + at, s->ends[i] - at) < 0)
            return -1;
    return 0;
}

static size_t size_of(const struct dataset *d)
{
    return d->ndivisions + d->nchallenges + d->nteams + d->nusers + d->nsolves + d->nawards;
}

static void check_streams(const struct stream streams[FUNCTION_COUNT], struct dataset *data)
{
    struct dataset other;
    struct err err;

    dataset_init(&other);
    for (enum copy_function f = 0; f < FUNCTION_COUNT; f++) {
        struct copy_decoder c;

        copy_begin(&c, f, &other);
        CHECK(decode(&c, streams[f].bytes.data, streams[f].bytes.len) == 0);
        copy_begin(&c, f, data);
        CHECK(decode_in_chunks(&c, &streams[f]) == 0);
        CHECK(copy_end(&c, &err) == 0 && c.rows == streams[f].rows);
        CHECK(decode(&c, "\xff\xff", 2) < 0);
        CHECK(size_of(data) == size_of(&other) && data->pool.len == other.pool.len);
    }
    dataset_release(&other);
}

/* One byte is another, or the end is missing: then that is seen, or it is other rows. */
static void check_damaged(const struct stream *s, enum copy_function function, struct input *in)
{
    size_t at = input_number(in, 2) % s->bytes.len;
    char *bytes = malloc(s->bytes.len);
    struct copy_decoder c;
    struct dataset data;
    struct err err;

    CHECK(bytes);
    memcpy(bytes, s->bytes.data, s->bytes.len);
    dataset_init(&data);
    copy_begin(&c, function, &data);
    if (at < s->bytes.len - 2)
        CHECK(decode(&c, bytes, at) < 0 || copy_end(&c, &err) < 0);
    dataset_clear(&data);
    bytes[at] = (char)(bytes[at] ^ input_byte(in));
    copy_begin(&c, function, &data);
    if (decode(&c, bytes, s->bytes.len) == 0)
        (void)!copy_end(&c, &err);
    dataset_release(&data);
    free(bytes);
}

/* --- The boards of them ----------------------------------------------------------------------- */

static struct buffer documents[BOARD_COUNT], of_division;

static struct buffer *document(void *context, enum board board, const struct division *division)
{
    struct buffer *wanted = division ? &of_division : &documents[board];

    if (division && (board != BOARD_LEADERBOARD || of_division.len > 0))
        return NULL;
    (void)context;
    buffer_clear(wanted);
    return wanted;
}

static int one_after_the_other(crew_work *work, void *task, int n, struct err *err)
{
    for (int piece = 0; piece < n; piece++)
        if (work(task, piece, err) < 0)
            return -1;
    return 0;
}

static double number_in(const cJSON *object, const char *key)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, key);

    CHECK(cJSON_IsNumber(number));
    return number->valuedouble;
}

static const cJSON *array_in(const cJSON *object, const char *key)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key);

    CHECK(cJSON_IsArray(array));
    return array;
}

/* The best come first; who has points has them on the timeline. */
static void check_league(enum board leaderboard, enum board timeline)
{
    cJSON *ranking = json_parse(documents[leaderboard].data, documents[leaderboard].len);
    cJSON *rows = json_parse(documents[timeline].data, documents[timeline].len);
    double scores = 0, points = 0, last = INFINITY;
    const cJSON *item;

    cJSON_ArrayForEach(item, array_in(ranking, "entries"))
    {
        CHECK(number_in(item, "score") <= last);
        scores += last = number_in(item, "score");
    }
    cJSON_ArrayForEach(item, array_in(rows, "submissions")) points += number_in(item, "points");
    CHECK(scores == points);
    cJSON_Delete(ranking);
    cJSON_Delete(rows);
}

static void check_feed(const struct buffer *feed)
{
    cJSON *json = json_parse(feed->data, feed->len);

    array_in(json, "tasks");
    array_in(json, "standings");
    cJSON_Delete(json);
}

static void check_boards(const struct dataset *data)
{
    static const struct boards_sink sink = {document, NULL};
    struct err err;
    struct boards *boards = boards_new(&err);
    struct buffer first = {0};

    CHECK(boards);
    CHECK(boards_build(boards, data, one_after_the_other, &sink, &err) == 0);
    check_league(BOARD_LEADERBOARD, BOARD_TIMELINE);
    check_league(BOARD_LEADERBOARD_TEAMS, BOARD_TIMELINE_TEAMS);
    check_feed(&documents[BOARD_CTFTIME]);
    buffer_append(&first, documents[BOARD_LEADERBOARD].data, documents[BOARD_LEADERBOARD].len);
    buffer_clear(&of_division);
    CHECK(boards_build(boards, data, one_after_the_other, &sink, &err) == 0);
    CHECK(first.len == documents[BOARD_LEADERBOARD].len &&
          memcmp(first.data, documents[BOARD_LEADERBOARD].data, first.len) == 0);
    for (int board = 0; board < BOARD_COUNT; board++)
        buffer_release(&documents[board]);
    buffer_release(&of_division);
    buffer_release(&first);
    boards_free(boards);
}

/* --- The whole -------------------------------------------------------------------------------- */

static void fuzz_bytes(struct input *in)
{
    enum copy_function function = input_byte(in) % FUNCTION_COUNT;
    struct copy_decoder c;
    struct dataset data;

    dataset_init(&data);
    copy_begin(&c, function, &data);
    (void)decode(&c, (const char *)in->at, input_left(in));
    dataset_release(&data);
}

static void fuzz_rows(struct input *in, int damage)
{
    struct input damaging = *in;
    struct stream streams[FUNCTION_COUNT];
    struct dataset data;

    dataset_init(&data);
    write_streams(streams, in);
    check_streams(streams, &data);
    check_boards(&data);
    if (damage > 0)
        check_damaged(&streams[damage % FUNCTION_COUNT], damage % FUNCTION_COUNT, &damaging);
    for (int f = 0; f < FUNCTION_COUNT; f++)
        buffer_release(&streams[f].bytes);
    dataset_release(&data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    uint8_t kind = input_byte(&in);

    if (kind == 0)
        fuzz_bytes(&in);
    else
        fuzz_rows(&in, kind - 1);
    return 0;
}
