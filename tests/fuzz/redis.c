/*
 * What Redis answers, which anybody may have written there. Input: a byte for the question (the
 * snapshot, its being stored, a look), and whether what follows are
 *
 *   0 1 2   the bytes of the answer as Redis would send it (RESP)
 *   3 4 5   the texts of an array, one a line, the last to the end; `-`: a nil
 */
#include <inttypes.h>
#include <stdarg.h>

#include "daemon/observe.h"
#include "daemon/store.h"
#include "lib/buffer.h"
#include "lib/redis.h"
#include "lib/redis_reader.h"
#include "lib/revision.h"
#include "tests/fuzz/fuzz.h"

#define DATABASE "1-2"

/* --- In lib/redis.c's stead ------------------------------------------------------------------- */

static struct input answer;

static redisReply *take_answer(struct err *err)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    CHECK(reader);
    redis_reader_bound(reader);
    if (redisReaderFeed(reader, (const char *)answer.at, input_left(&answer)) != REDIS_OK ||
        redisReaderGetReply(reader, &reply) != REDIS_OK)
        reply = NULL;
    redisReaderFree(reader);
    if (reply && ((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
        freeReplyObject(reply);
        reply = NULL;
    }
    if (!reply)
        err_set(err, "no answer, or an error");
    return reply;
}

redisReply *redis_call(redisContext *redis, struct err *err, const char *format, ...)
{
    (void)redis;
    (void)format;
    return take_answer(err);
}

redisReply *redis_call_argv(redisContext *redis, struct err *err, int argc, const char *const *argv,
                            const size_t *lengths)
{
    (void)redis;
    CHECK(argc > 1 && argv[0] && lengths[0] > 0);
    return take_answer(err);
}

/* The array of the texts, as Redis would send it. */
static void compose(struct buffer *out, struct input texts)
{
    struct buffer items = {0};
    int n = 0;

    for (; input_left(&texts) > 0; n++) {
        char *line = input_line(&texts);

        if (strcmp(line, "-") == 0)
            buffer_append_text(&items, "$-1\r\n");
        else
            buffer_printf(&items, "$%zu\r\n%s\r\n", strlen(line), line);
        free(line);
    }
    buffer_printf(out, "*%d\r\n", n);
    buffer_append(out, items.data, items.len);
    buffer_release(&items);
}

/* --- The questions ---------------------------------------------------------------------------- */

/* What was got can be stored again. */
static void check_line(const struct snapshot *s)
{
    struct buffer text = {0};
    struct snapshot again;
    struct err err;

    if (s->head.revision == REVISION_NONE)
        return;
    CHECK(snapshot_check_bytes(s, &err) == 0 && (s->nfiles == 0 || s->nfiles >= BOARD_COUNT));
    snapshot_init(&again, 0);
    snapshot_format_manifest(&text, s);
    CHECK(snapshot_parse_manifest(&again, text.data, text.len, &err) == 0);
    CHECK(again.nfiles == s->nfiles && again.head.revision == s->head.revision);
    snapshot_release(&again);
    buffer_release(&text);
}

/* True: what was answered is taken for good. */
static bool check_get(const struct names *names)
{
    struct snapshot snapshots[AUDIENCE_COUNT];
    struct err err = {""};
    enum fetch_result result;

    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        snapshot_init(&snapshots[a], 1 << 20);
    result = store_get(NULL, names, snapshots, &err);
    CHECK(result == FETCH_DONE ? snapshots[AUDIENCE_PUBLIC].head.revision > REVISION_NONE
                               : err.text[0] != '\0');
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        if (result == FETCH_DONE)
            check_line(&snapshots[a]);
        snapshot_release(&snapshots[a]);
    }
    return result == FETCH_DONE;
}

static bool check_put(const struct names *names)
{
    struct store_terms terms = {DATABASE, REVISION_LAST};
    struct lock lock = {"0123456789abcdef"};
    struct err err = {""};
    int64_t stored = -77;
    struct snapshot snapshots[AUDIENCE_COUNT] = {0};
    enum store_result result;

    snapshots[AUDIENCE_PUBLIC].head.revision = 17;
    strcpy(snapshots[AUDIENCE_PUBLIC].head.event.reason, "startup");
    result = store_put(NULL, names, &terms, snapshots, &lock, &stored, &err);
    if (result == STORE_FAILED)
        CHECK(err.text[0] && stored == -77);
    else
        CHECK(stored > REVISION_NONE && (result == STORE_DONE) == (stored == 17));
    return result == STORE_DONE;
}

static bool check_look(const struct names *names)
{
    struct observation o = {.database = DATABASE, .clock = 1000};
    bool quoted = memmem(answer.at, input_left(&answer), "(null)", strlen("(null)"));
    struct err err = {""};

    if (observe_redis(NULL, names, 1000, &o, &err) < 0) {
        CHECK(err.text[0] && (quoted || !strstr(err.text, "(null)")) && !o.redis);
        return false;
    }
    CHECK(o.redis && o.stored_revision <= observation_revision_limit(&o));
    CHECK(o.stored_revision >= REVISION_NONE && o.stored_took_ms >= 0);
    return o.stored_revision != REVISION_NONE;
}

static bool (*const checks[])(const struct names *names) = {check_get, check_put, check_look};

static bool ask(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    struct buffer composed = {0};
    struct names names;
    uint8_t kind = input_byte(&in) % 6;
    bool good;

    answer = in;
    if (kind >= 3) {
        compose(&composed, in);
        answer = input_of((const uint8_t *)composed.data, composed.len);
    }
    names_init(&names, "");
    good = checks[kind % 3](&names);
    buffer_release(&composed);
    return good;
}

#define FILE_OF(board) "{\"name\":\"public/all/" board ".json.gz\",\"size\":1,\"crc32\":2363233923}"

/* Where an answer has another form than it had, the inputs that were kept say nothing any more: that is
 * not to go unseen. */
static void check_known_to_be_good(void)
{
    static const char *const good[] = {
        "\3" STORE_FORMAT "\n17\n"
        "{\"format\":2,\"revision\":17,\"event\":{\"scope\":\"all\",\"reason\":\"startup\","
        "\"ts\":\"2026-02-27T18:00:00Z\"},\"read_at\":1772215200431000,\"took\":12,\"files\":"
        "[" FILE_OF("leaderboard") "," FILE_OF("leaderboard-teams") "," FILE_OF(
            "timeline") "," FILE_OF("timeline-teams") "," FILE_OF("ctftime") "]}\nxxxxx\n\n\n\n",
        "\1$2\r\n17\r\n",
        "\5" DATABASE "\n" STORE_FORMAT "\n" DATABASE "\n12\n17\n18",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(ask((const uint8_t *)good[i], strlen(good[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool checked;

    if (!checked)
        check_known_to_be_good();
    checked = true;
    (void)ask(data, size);
    return 0;
}
