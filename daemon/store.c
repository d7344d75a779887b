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
 * KEYS: the snapshot, the lock. ARGV: revision, token, channel, event ("": nobody is told), database,
 * the greatest revision that is not garbage, then fields and values.
 *
 * Lua in Redis does not roll back, hence one HSET, and before it nothing that a reader could miss.
 * Revisions are compared as doubles, exact up to 2^53, but kept as the strings they came as:
 * tostring() would keep 14 digits. What is no snapshot of this format and database counts as none,
 * as it does for observe_redis(). PUBLISH comes last and may fail: it is a hint.
 */
static const char put_lua[] =
    "local found = redis.pcall('HMGET', KEYS[1], 'format', 'database', 'rev', 'staff_rev')\n"
    "local stored = '0'\n"
    "for i = 3, 4 do\n"
    "  local rev = found[i]\n"
    "  if found[1] == '" STORE_FORMAT "' and found[2] == ARGV[5] and rev and #rev <= 16\n"
    "      and rev:match('^[1-9]%d*$') and tonumber(rev) <= tonumber(ARGV[6])\n"
    "      and tonumber(rev) > tonumber(stored) then\n"
    "    stored = rev\n"
    "  end\n"
    "end\n"
    "if stored == '0' then redis.call('DEL', KEYS[1]) end\n"
    "local newer = tonumber(ARGV[1]) > tonumber(stored)\n"
    "if newer then redis.call('HSET', KEYS[1], unpack(ARGV, 7)) end\n"
    "if redis.pcall('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end\n"
    "if newer and ARGV[4] ~= '' then redis.pcall('PUBLISH', ARGV[3], ARGV[4]) end\n"
    "return newer and ARGV[1] or stored\n";

/* What observers look at stands by itself; the manifest has it too, and is what counts. */
enum line_field { FIELD_REV, FIELD_MANIFEST, FIELD_FILES, FIELD_COUNT };
static const char *const field_names[AUDIENCE_COUNT][FIELD_COUNT] = {
    {"rev", "manifest", "files"}, {"staff_rev", "staff_manifest", "staff_files"}};

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
    char took[NUMBER_MAX], limit[NUMBER_MAX], event[EVENT_TEXT_MAX];
    char rev[AUDIENCE_COUNT][NUMBER_MAX]; /* "": this line has no snapshot */
    struct buffer manifest[AUDIENCE_COUNT];
    const char *newest; /* one of `rev` */
};

static int format_values(struct values *v, const struct store_terms *terms,
                         const struct snapshot *snapshots, struct err *err)
{
    const struct snapshot *newest = &snapshots[AUDIENCE_PUBLIC];
    bool failed = false;

    *v = (struct values){.newest = ""};
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        const struct snapshot *s = &snapshots[a];

        if (s->head.revision == REVISION_NONE)
            continue;
        snprintf(v->rev[a], NUMBER_MAX, "%" PRId64, s->head.revision);
        snapshot_format_manifest(&v->manifest[a], s);
        failed |= buffer_failed(&v->manifest[a]);
        newest = s->head.revision >= newest->head.revision ? s : newest;
    }
    v->newest = v->rev[newest - snapshots];
    snprintf(v->took, NUMBER_MAX, "%" PRId64, newest->head.took);
    snprintf(v->limit, NUMBER_MAX, "%" PRId64, terms->revision_limit);
    if (v->rev[AUDIENCE_PUBLIC][0] != '\0')
        event_format(&snapshots[AUDIENCE_PUBLIC].head.event, v->event);
    return failed ? err_set(err, "no memory for the manifest") : 0;
}

static void compose_line(struct redis_command *c, enum audience a, const struct values *v,
                         const struct snapshot *s)
{
    const char *const *names = field_names[a];

    add_text(c, names[FIELD_REV]);
    add_text(c, v->rev[a]);
    add_text(c, names[FIELD_MANIFEST]);
    add(c, v->manifest[a].data, v->manifest[a].len);
    add_text(c, names[FIELD_FILES]);
    add(c, s->bytes.data, s->bytes.len);
}

static void compose_put(struct redis_command *c, const struct names *names,
                        const struct store_terms *terms, const struct values *v,
                        const struct snapshot *snapshots, const struct lock *lock)
{
    const char *const plain[] = {"EVAL",          put_lua,        "2",
                                 names->snapshot, names->lock,    v->newest,
                                 lock->token,     names->rebuilt, v->event,
                                 terms->database, v->limit,       "format",
                                 STORE_FORMAT,    "database",     terms->database,
                                 "took",          v->took};

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        add_text(c, plain[i]);
    if (v->rev[AUDIENCE_PUBLIC][0] != '\0')
        compose_line(c, AUDIENCE_PUBLIC, v, &snapshots[AUDIENCE_PUBLIC]);
    compose_line(c, AUDIENCE_STAFF, v, &snapshots[AUDIENCE_STAFF]);
}

static redisReply *put(redisContext *redis, const struct names *names,
                       const struct store_terms *terms, const struct values *v,
                       const struct snapshot *snapshots, const struct lock *lock, struct err *err)
{
    struct redis_command c = {0};

    compose_put(&c, names, terms, v, snapshots, lock);
    return redis_call_argv(redis, err, c.count, c.text, c.len);
}

enum store_result store_put(redisContext *redis, const struct names *names,
                            const struct store_terms *terms,
                            const struct snapshot snapshots[AUDIENCE_COUNT], struct lock *lock,
                            int64_t *stored_revision, struct err *err)
{
    struct values values;
    redisReply *reply = NULL;
    bool understood, stored;

    if (format_values(&values, terms, snapshots, err) == 0)
        reply = put(redis, names, terms, &values, snapshots, lock, err);
    if (!reply)
        err_prefix(err, "cannot store revision %s in Redis", values.newest);
    understood = reply && reply->type == REDIS_REPLY_STRING &&
                 revision_parse(reply->str, (size_t)reply->len, stored_revision);
    if (reply) {
        *lock = (struct lock){""};
        if (!understood)
            err_set(err, "Redis did not answer the store's script with a revision");
    }
    stored = understood && strcmp(reply->str, values.newest) == 0;
    freeReplyObject(reply);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        buffer_release(&values.manifest[a]);
    if (!understood)
        return STORE_FAILED;
    return stored ? STORE_DONE : STORE_REFUSED;
}

/* --- Out of Redis ----------------------------------------------------------------------------- */

static redisReply *get_all(redisContext *redis, const struct names *names, struct err *err)
{
    struct redis_command c = {0};

    add_text(&c, "HMGET");
    add_text(&c, names->snapshot);
    add_text(&c, "format");
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        for (enum line_field i = 0; i < FIELD_COUNT; i++)
            add_text(&c, field_names[a][i]);
    return redis_call_argv(redis, err, c.count, c.text, c.len);
}

static int check_fields(const redisReply *reply, struct err *err)
{
    const size_t all = 1 + AUDIENCE_COUNT * FIELD_COUNT;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != all)
        return err_set(err, "HMGET did not answer with an array of all fields");
    for (size_t i = 0; i < all; i++)
        if (reply->element[i]->type != REDIS_REPLY_STRING)
            return err_set(err, "it has no field %s",
                           i == 0 ? "format" : (&field_names[0][0])[i - 1]);
    if (strcmp(reply->element[0]->str, STORE_FORMAT) != 0)
        return err_set(err, "its format is not " STORE_FORMAT);
    return 0;
}

static int unpack_line(redisReply *const *field, struct snapshot *s, struct err *err)
{
    const redisReply *rev = field[FIELD_REV], *manifest = field[FIELD_MANIFEST];
    const redisReply *files = field[FIELD_FILES];
    int64_t revision;

    if (snapshot_parse_manifest(s, manifest->str, (size_t)manifest->len, err) < 0)
        return err_prefix(err, "its manifest");
    if (!revision_parse(rev->str, (size_t)rev->len, &revision) || revision != s->head.revision)
        return err_set(err, "its rev is not that of its manifest");
    buffer_append(&s->bytes, files->str, (size_t)files->len);
    if (buffer_failed(&s->bytes))
        return err_set(err, "its files are too large");
    return snapshot_check_bytes(s, err);
}

static int unpack(const redisReply *reply, struct snapshot *snapshots, struct err *err)
{
    redisReply *const *publics, *const *staffs;

    if (check_fields(reply, err) < 0)
        return -1;
    publics = &reply->element[1];
    staffs = &publics[FIELD_COUNT];
    snapshot_clear(&snapshots[AUDIENCE_STAFF]);
    if (staffs[FIELD_REV]->len > 0 && unpack_line(staffs, &snapshots[AUDIENCE_STAFF], err) < 0)
        return err_prefix(err, "the staff's");
    return unpack_line(publics, &snapshots[AUDIENCE_PUBLIC], err);
}

enum fetch_result store_get(redisContext *redis, const struct names *names,
                            struct snapshot snapshots[AUDIENCE_COUNT], struct err *err)
{
    redisReply *reply = get_all(redis, names, err);
    enum fetch_result result = FETCH_DONE;

    if (!reply) {
        err_prefix(err, "cannot fetch %s from Redis", names->snapshot);
        return FETCH_FAILED;
    }
    if (unpack(reply, snapshots, err) < 0) {
        err_prefix(err, "the snapshot in Redis (%s) does not hold", names->snapshot);
        for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
            snapshot_clear(&snapshots[a]);
        result = FETCH_CORRUPT;
    }
    freeReplyObject(reply);
    return result;
}
