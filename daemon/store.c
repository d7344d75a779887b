#include "daemon/store.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/delta.h"
#include "lib/event.h"
#include "lib/redis.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/*
 * KEYS: the snapshot, the lock. ARGV: revision, token, channel, event, then fields and values.
 *
 * Lua in Redis does not roll back, hence one HSET, and before it nothing that a reader could miss.
 * Revisions are compared as doubles, exact up to 2^53, but kept as the strings they came as:
 * tostring() would keep 14 digits. What is no snapshot of this format counts as none, as it does
 * for observe_redis(). PUBLISH comes last and may fail: it is a hint.
 */
static const char put_lua[] =
    "local found = redis.pcall('HMGET', KEYS[1], 'format', 'rev')\n"
    "if found.err then redis.call('DEL', KEYS[1]) end\n"
    "local format, rev = found[1], found[2]\n"
    "local stored = 0\n"
    "if format == '1' and rev and #rev <= 16 and rev:match('^[1-9]%d*$') then\n"
    "  stored = tonumber(rev)\n"
    "end\n"
    "if stored > 9007199254740991 then stored = 0 end\n"
    "local newer = tonumber(ARGV[1]) > stored\n"
    "if newer then redis.call('HSET', KEYS[1], unpack(ARGV, 5)) end\n"
    "if redis.pcall('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end\n"
    "if newer then redis.pcall('PUBLISH', ARGV[3], ARGV[4]) end\n"
    "return newer and ARGV[1] or rev\n";

/* The fields that are no board, in the order in which they are written and read. */
enum field { FIELD_FORMAT, FIELD_REV, FIELD_EVENT, FIELD_READ_AT, FIELD_TOOK, FIELD_COUNT };
static const char *const field_names[FIELD_COUNT] = {"format", "rev", "event", "read_at", "took"};

#define FORMAT "1"

/* A command under construction. The texts are borrowed. */
struct command {
    int count;
    const char *text[REDIS_ARGUMENTS_MAX];
    size_t len[REDIS_ARGUMENTS_MAX];
};

static void add(struct command *c, const char *text, size_t len)
{
    assert(c->count < REDIS_ARGUMENTS_MAX);
    c->text[c->count] = text;
    c->len[c->count++] = len;
}

static void add_text(struct command *c, const char *text)
{
    add(c, text, strlen(text));
}

/* --- Into Redis ------------------------------------------------------------------------------- */

/* A board's fields besides its own, which is its place: place + ending. */
#define DELTAS         "deltas"
#define SEAL           "deltas.seal"
#define FIELD_NAME_MAX 64
static void format_name(char name[FIELD_NAME_MAX], enum board b, const char *ending)
{
    snprintf(name, FIELD_NAME_MAX, "%s.%s", board_names[b].place, ending);
}

/* Nobody but a browser that has the dictionary can tell a damaged delta, nor one of another
 * revision that a program which knows of no deltas has left. So they are sealed. */
#define SEAL_MAX (REVISION_MAX + DICTIONARY_NAME_MAX)
static void format_seal(char seal[SEAL_MAX], int64_t revision, const struct buffer *deltas)
{
    unsigned char digest[DICTIONARY_DIGEST];
    char name[DICTIONARY_NAME_MAX];

    delta_digest(digest, deltas);
    dictionary_name(name, digest);
    snprintf(seal, SEAL_MAX, "%" PRId64 " %s", revision, name);
}

/* The names and values of small fields: what a command points to. */
struct fields {
    char plain[FIELD_COUNT][EVENT_TEXT_MAX];
    char deltas_name[BOARD_COUNT][FIELD_NAME_MAX], seal_name[BOARD_COUNT][FIELD_NAME_MAX];
    char seal[BOARD_COUNT][SEAL_MAX];
};

static void format_names(struct fields *f)
{
    for (enum board b = 0; b < BOARD_COUNT; b++) {
        format_name(f->deltas_name[b], b, DELTAS);
        format_name(f->seal_name[b], b, SEAL);
    }
}

static void format_fields(struct fields *f, const struct snapshot *s)
{
    const struct snapshot_head *head = &s->head;

    format_names(f);
    for (enum board b = 0; b < BOARD_COUNT; b++)
        format_seal(f->seal[b], head->revision, &s->deltas[b]);
    snprintf(f->plain[FIELD_FORMAT], EVENT_TEXT_MAX, FORMAT);
    snprintf(f->plain[FIELD_REV], EVENT_TEXT_MAX, "%" PRId64, head->revision);
    event_format(&head->event, f->plain[FIELD_EVENT]);
    snprintf(f->plain[FIELD_READ_AT], EVENT_TEXT_MAX, "%" PRId64, head->read_at);
    snprintf(f->plain[FIELD_TOOK], EVENT_TEXT_MAX, "%" PRId64, head->took);
}

static void compose_put(struct command *c, const struct names *names, const struct fields *f,
                        const struct snapshot *s, const struct lock *lock)
{
    const char *const before[] = {"EVAL",          put_lua,        "2",
                                  names->snapshot, names->lock,    f->plain[FIELD_REV],
                                  lock->token,     names->rebuilt, f->plain[FIELD_EVENT]};

    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        add_text(c, before[i]);
    for (enum field i = 0; i < FIELD_COUNT; i++) {
        add_text(c, field_names[i]);
        add_text(c, f->plain[i]);
    }
    for (enum board b = 0; b < BOARD_COUNT; b++) {
        add_text(c, board_names[b].place);
        add(c, s->gzip[b].data, s->gzip[b].len);
        add_text(c, f->deltas_name[b]);
        add(c, s->deltas[b].data, s->deltas[b].len);
        add_text(c, f->seal_name[b]);
        add_text(c, f->seal[b]);
    }
}

enum store_result store_put(redisContext *redis, const struct names *names,
                            const struct snapshot *s, struct lock *lock, int64_t *stored_revision,
                            struct err *err)
{
    struct fields fields = {0};
    struct command c = {0};
    redisReply *reply;
    bool understood;

    format_fields(&fields, s);
    compose_put(&c, names, &fields, s, lock);
    reply = redis_call_argv(redis, err, c.count, c.text, c.len);
    if (!reply) {
        err_prefix(err, "cannot store revision %" PRId64 " in Redis", s->head.revision);
        return STORE_FAILED;
    }
    *lock = (struct lock){""};
    understood = reply->type == REDIS_REPLY_STRING &&
                 revision_parse(reply->str, (size_t)reply->len, stored_revision);
    freeReplyObject(reply);
    if (!understood) {
        err_set(err, "Redis did not answer the store's script with a revision");
        return STORE_FAILED;
    }
    return *stored_revision == s->head.revision ? STORE_DONE : STORE_REFUSED;
}

/* --- Out of Redis ----------------------------------------------------------------------------- */

/* The fields of a board, in the order in which they are read. */
enum part { PART_BOARD, PART_DELTAS, PART_SEAL, PART_COUNT };

static redisReply *get_all(redisContext *redis, const struct names *names, struct err *err)
{
    struct fields f = {0};
    struct command c = {0};

    format_names(&f);
    add_text(&c, "HMGET");
    add_text(&c, names->snapshot);
    for (enum field i = 0; i < FIELD_COUNT; i++)
        add_text(&c, field_names[i]);
    for (enum board b = 0; b < BOARD_COUNT; b++) {
        add_text(&c, board_names[b].place);
        add_text(&c, f.deltas_name[b]);
        add_text(&c, f.seal_name[b]);
    }
    return redis_call_argv(redis, err, c.count, c.text, c.len);
}

static bool parse_number(const redisReply *reply, int64_t *n)
{
    char *end;

    errno = 0;
    *n = strtoll(reply->str, &end, 10);
    return errno == 0 && end != reply->str && *end == '\0' && *n >= 0;
}

static int parse_head(redisReply *const *plain, struct snapshot_head *head, struct err *err)
{
    const redisReply *rev = plain[FIELD_REV], *event = plain[FIELD_EVENT];
    struct event_fault fault;

    for (enum field i = 0; i < FIELD_COUNT; i++)
        if (plain[i]->type != REDIS_REPLY_STRING)
            return err_set(err, "it has no field %s", field_names[i]);
    if (strcmp(plain[FIELD_FORMAT]->str, FORMAT) != 0)
        return err_set(err, "its format is not " FORMAT);
    if (!revision_parse(rev->str, (size_t)rev->len, &head->revision))
        return err_set(err, "its rev is no revision");
    if (!event_parse(event->str, (size_t)event->len, timestamp_now(), &head->event, &fault))
        return err_set(err, "its event's %s: %s", fault.field, fault.reason);
    if (!parse_number(plain[FIELD_READ_AT], &head->read_at))
        return err_set(err, "its read_at is no number");
    if (!parse_number(plain[FIELD_TOOK], &head->took))
        return err_set(err, "its took is no number");
    return 0;
}

static int unpack_deltas(redisReply *const *parts, struct snapshot *s, enum board b,
                         struct err *err)
{
    const redisReply *deltas = parts[PART_DELTAS], *seal = parts[PART_SEAL];
    char expected[SEAL_MAX];

    if (deltas->type != REDIS_REPLY_STRING || seal->type != REDIS_REPLY_STRING)
        return err_set(err, "it has no deltas of %s", board_names[b].name);
    buffer_append(&s->deltas[b], deltas->str, (size_t)deltas->len);
    if (buffer_failed(&s->deltas[b]))
        return err_set(err, "its deltas of %s are too large", board_names[b].name);
    format_seal(expected, s->head.revision, &s->deltas[b]);
    if (strcmp(seal->str, expected) != 0)
        return err_set(err, "its deltas of %s are damaged", board_names[b].name);
    return 0;
}

static int unpack_board(redisReply *const *parts, struct gzip *gzip, struct snapshot *s,
                        enum board b, struct err *err)
{
    const redisReply *reply = parts[PART_BOARD];

    if (reply->type != REDIS_REPLY_STRING)
        return err_set(err, "it has no board %s", board_names[b].name);
    buffer_append(&s->gzip[b], reply->str, (size_t)reply->len);
    if (buffer_failed(&s->gzip[b]))
        return err_set(err, "its board %s is too large", board_names[b].name);
    if (gzip_expand(gzip, &s->gzip[b], &s->json[b], err) < 0)
        return err_prefix(err, "its board %s", board_names[b].name);
    return unpack_deltas(parts, s, b, err);
}

static int unpack(const redisReply *reply, struct gzip *gzip, struct snapshot *s, struct err *err)
{
    if (reply->type != REDIS_REPLY_ARRAY ||
        reply->elements != FIELD_COUNT + PART_COUNT * BOARD_COUNT)
        return err_set(err, "HMGET did not answer with an array of all fields");
    if (parse_head(reply->element, &s->head, err) < 0)
        return -1;
    for (enum board b = 0; b < BOARD_COUNT; b++)
        if (unpack_board(reply->element + FIELD_COUNT + PART_COUNT * b, gzip, s, b, err) < 0)
            return -1;
    return 0;
}

enum fetch_result store_get(redisContext *redis, const struct names *names, struct gzip *gzip,
                            struct snapshot *s, struct err *err)
{
    redisReply *reply = get_all(redis, names, err);
    enum fetch_result result = FETCH_DONE;

    if (!reply) {
        err_prefix(err, "cannot fetch %s from Redis", names->snapshot);
        return FETCH_FAILED;
    }
    snapshot_clear(s);
    if (unpack(reply, gzip, s, err) < 0) {
        err_prefix(err, "the snapshot in Redis (%s) does not hold", names->snapshot);
        result = FETCH_CORRUPT;
    }
    freeReplyObject(reply);
    return result;
}
