#include "daemon/store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/event.h"
#include "lib/redis.h"
#include "lib/revision.h"

/*
 * KEYS: the snapshot, the lock. ARGV: revision, token, channel, event, database, the greatest
 * revision that is not garbage, then fields and values.
 *
 * Lua in Redis does not roll back, hence one HSET, and before it nothing that a reader could miss.
 * Revisions are compared as doubles, exact up to 2^53, but kept as the strings they came as:
 * tostring() would keep 14 digits. What is no snapshot of this format and database counts as none,
 * as it does for observe_redis(). PUBLISH comes last and may fail: it is a hint.
 */
static const char put_lua[] =
    "local found = redis.pcall('HMGET', KEYS[1], 'format', 'database', 'rev')\n"
    "local format, database, rev = found[1], found[2], found[3]\n"
    "local stored = 0\n"
    "if format == '2' and database == ARGV[5] and rev and #rev <= 16\n"
    "    and rev:match('^[1-9]%d*$') and tonumber(rev) <= tonumber(ARGV[6]) then\n"
    "  stored = tonumber(rev)\n"
    "else redis.call('DEL', KEYS[1]) end\n"
    "local newer = tonumber(ARGV[1]) > stored\n"
    "if newer then redis.call('HSET', KEYS[1], unpack(ARGV, 7)) end\n"
    "if redis.pcall('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end\n"
    "if newer then redis.pcall('PUBLISH', ARGV[3], ARGV[4]) end\n"
    "return newer and ARGV[1] or rev\n";

/* What observers look at stands by itself; the manifest has it too, and is what counts. */
enum hash_field {
    FIELD_FORMAT,
    FIELD_DATABASE,
    FIELD_REV,
    FIELD_TOOK,
    FIELD_MANIFEST,
    FIELD_FILES,
    FIELD_COUNT
};
static const char *const field_names[FIELD_COUNT] = {"format", "database", "rev",
                                                     "took",   "manifest", "files"};

#define FORMAT "2"

/* A command under construction. The texts are borrowed. */
struct redis_command {
    int count;
    const char *text[REDIS_ARGUMENTS_MAX];
    size_t len[REDIS_ARGUMENTS_MAX];
};

static void add(struct redis_command *c, const char *text, size_t len)
{
    assert(c->count < REDIS_ARGUMENTS_MAX);
    c->text[c->count] = text;
    c->len[c->count++] = len;
}

static void add_text(struct redis_command *c, const char *text)
{
    add(c, text, strlen(text));
}

/* --- Into Redis ------------------------------------------------------------------------------- */

#define NUMBER_MAX 24

/* The values that a command points to, besides the files. */
struct values {
    char rev[NUMBER_MAX], took[NUMBER_MAX], limit[NUMBER_MAX], event[EVENT_TEXT_MAX];
    const char *database;
    struct buffer manifest;
};

static int format_values(struct values *v, const struct store_terms *terms,
                         const struct snapshot *s, struct err *err)
{
    const struct snapshot_head *head = &s->head;

    *v = (struct values){.database = terms->database};
    snprintf(v->rev, NUMBER_MAX, "%" PRId64, head->revision);
    snprintf(v->took, NUMBER_MAX, "%" PRId64, head->took);
    snprintf(v->limit, NUMBER_MAX, "%" PRId64, terms->revision_limit);
    event_format(&head->event, v->event);
    snapshot_format_manifest(&v->manifest, s);
    return buffer_failed(&v->manifest) ? err_set(err, "no memory for the manifest") : 0;
}

static void compose_put(struct redis_command *c, const struct names *names, const struct values *v,
                        const struct snapshot *s, const struct lock *lock)
{
    const char *const before[] = {"EVAL",      put_lua,     "2",         names->snapshot,
                                  names->lock, v->rev,      lock->token, names->rebuilt,
                                  v->event,    v->database, v->limit};
    const char *const plain[] = {FORMAT, v->database, v->rev, v->took};

    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        add_text(c, before[i]);
    for (enum hash_field i = 0; i < FIELD_MANIFEST; i++) {
        add_text(c, field_names[i]);
        add_text(c, plain[i]);
    }
    add_text(c, field_names[FIELD_MANIFEST]);
    add(c, v->manifest.data, v->manifest.len);
    add_text(c, field_names[FIELD_FILES]);
    add(c, s->bytes.data, s->bytes.len);
}

enum store_result store_put(redisContext *redis, const struct names *names,
                            const struct store_terms *terms, const struct snapshot *s,
                            struct lock *lock, int64_t *stored_revision, struct err *err)
{
    struct redis_command c = {0};
    struct values values;
    redisReply *reply = NULL;
    bool understood;

    if (format_values(&values, terms, s, err) == 0) {
        compose_put(&c, names, &values, s, lock);
        reply = redis_call_argv(redis, err, c.count, c.text, c.len);
    }
    buffer_release(&values.manifest);
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

static redisReply *get_all(redisContext *redis, const struct names *names, struct err *err)
{
    struct redis_command c = {0};

    add_text(&c, "HMGET");
    add_text(&c, names->snapshot);
    for (enum hash_field i = 0; i < FIELD_COUNT; i++)
        add_text(&c, field_names[i]);
    return redis_call_argv(redis, err, c.count, c.text, c.len);
}

static int check_fields(const redisReply *reply, struct err *err)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != FIELD_COUNT)
        return err_set(err, "HMGET did not answer with an array of all fields");
    for (enum hash_field i = 0; i < FIELD_COUNT; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return err_set(err, "it has no field %s", field_names[i]);
    if (strcmp(reply->element[FIELD_FORMAT]->str, FORMAT) != 0)
        return err_set(err, "its format is not " FORMAT);
    return 0;
}

static int unpack(const redisReply *reply, struct snapshot *s, struct err *err)
{
    const redisReply *rev, *manifest, *files;
    int64_t revision;

    if (check_fields(reply, err) < 0)
        return -1;
    rev = reply->element[FIELD_REV];
    manifest = reply->element[FIELD_MANIFEST];
    files = reply->element[FIELD_FILES];
    if (snapshot_parse_manifest(s, manifest->str, (size_t)manifest->len, err) < 0)
        return err_prefix(err, "its manifest");
    if (!revision_parse(rev->str, (size_t)rev->len, &revision) || revision != s->head.revision)
        return err_set(err, "its rev is not that of its manifest");
    buffer_append(&s->bytes, files->str, (size_t)files->len);
    if (buffer_failed(&s->bytes))
        return err_set(err, "its files are too large");
    return snapshot_check_bytes(s, err);
}

enum fetch_result store_get(redisContext *redis, const struct names *names, struct snapshot *s,
                            struct err *err)
{
    redisReply *reply = get_all(redis, names, err);
    enum fetch_result result = FETCH_DONE;

    if (!reply) {
        err_prefix(err, "cannot fetch %s from Redis", names->snapshot);
        return FETCH_FAILED;
    }
    if (unpack(reply, s, err) < 0) {
        err_prefix(err, "the snapshot in Redis (%s) does not hold", names->snapshot);
        result = FETCH_CORRUPT;
    }
    freeReplyObject(reply);
    return result;
}
