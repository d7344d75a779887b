/*
 * copy: the statements, and the decoder of COPY's binary format.
 *
 *     header   "PGCOPY\n\377\r\n\0", int32 flags, int32 length of an extension, the extension
 *     tuple    int16 number of fields, then each field as int32 length (-1: NULL) and its bytes
 *     trailer  int16 -1
 *
 * All numbers are in network order. One table says for each function which columns are asked for, of
 * which type, and what makes a row of them; another, how a type is asked for and what it looks like
 * on the wire. Fields are checked against that before a row is made of them: whoever makes it reads
 * fields of known sizes and nothing else.
 */
#include "lib/board/copy.h"

#include <endian.h>
#include <string.h>

#include "lib/timestamp.h"

#define COLUMNS_MAX 8

static const char signature[11] = "PGCOPY\n\377\r\n"; /* its NUL is part of it */

/* Flags 16 to 31 change the format: whoever does not know them must stop. */
#define CRITICAL_FLAGS UINT32_C(0xffff0000)

/* timestamptz counts microseconds from 2000-01-01; we count from 1970. */
#define POSTGRES_EPOCH INT64_C(946684800000000)

enum type {
    ID,
    OPTIONAL_ID,
    TEXT,
    POINTS,
    OPTIONAL_POINTS,
    TIME,
    OPTIONAL_TIME,
    ANY_TIME,
    OPTIONAL_FLAG,
};

#define ANY_WIDTH (-1)

enum null { REFUSED, MEANT, LEFT_OUT /* the row is */ };

static const struct {
    const char *sql; /* of the column @ */
    int32_t width;   /* in bytes */
    enum null null;
} types[] = {
    [ID] = {"@::int8", 8, LEFT_OUT},
    [OPTIONAL_ID] = {"@::int8", 8, MEANT},
    /* Whatever is long, or of another encoding, takes the slow way (sql/sources.sql). */
    [TEXT] = {"coalesce(CASE WHEN (SELECT getdatabaseencoding() IN ('UTF8', 'SQL_ASCII'))"
              " AND octet_length(@::text) <= 1024 THEN @::text ELSE sendable(@::text) END, '')",
              ANY_WIDTH, REFUSED},
    /* The least number of all is NO_POINTS. */
    [POINTS] = {"least(greatest(coalesce(@, 0), -2147483647), 2147483647)::int4", 4, REFUSED},
    [OPTIONAL_POINTS] = {"CASE WHEN @ IS NOT NULL"
                         " THEN least(greatest(@, -2147483647), 2147483647)::int4 END",
                         4, MEANT},
    [TIME] = {"@::timestamptz", 8, LEFT_OUT},
    [OPTIONAL_TIME] = {"CASE WHEN isfinite(@) THEN @::timestamptz END", 8, MEANT},
    [ANY_TIME] = {"coalesce(@::timestamptz, '-infinity')", 8, REFUSED},
    [OPTIONAL_FLAG] = {"@::bool", 1, MEANT},
};

struct column {
    const char *name;
    enum type type;
};

struct field {
    const char *bytes;
    int32_t len;
    bool null;
};

struct cursor {
    const char *at, *end;
};

static uint16_t big16(const char *p)
{
    uint16_t n;
    memcpy(&n, p, sizeof(n));
    return be16toh(n);
}

static uint32_t big32(const char *p)
{
    uint32_t n;
    memcpy(&n, p, sizeof(n));
    return be32toh(n);
}

static uint64_t big64(const char *p)
{
    uint64_t n;
    memcpy(&n, p, sizeof(n));
    return be64toh(n);
}

/* --- From fields of checked sizes to rows ----------------------------------------------------- */

static int64_t field_int8(const struct field *f)
{
    return f->null ? 0 : (int64_t)big64(f->bytes);
}

static int64_t field_tie(const struct field *f)
{
    return f->null ? NO_TIE : field_int8(f);
}

static int32_t field_int4(const struct field *f)
{
    return f->null ? 0 : (int32_t)big32(f->bytes);
}

static bool field_bool(const struct field *f, bool null)
{
    return f->null ? null : f->bytes[0] != 0;
}

/* PostgreSQL's infinities are the ends of int64, and so are clamped with the rest. */
static int64_t field_time(const struct field *f)
{
    int64_t us;

    if (f->null)
        return NEVER;
    if (__builtin_add_overflow(field_int8(f), POSTGRES_EPOCH, &us))
        us = INT64_MAX;
    return timestamp_clamped(us);
}

static struct bytes field_text(const struct field *f)
{
    return (struct bytes){.at = f->bytes, .len = (size_t)f->len};
}

static bool field_is(const struct field *f, const char *text)
{
    return strlen(text) == (size_t)f->len && memcmp(text, f->bytes, (size_t)f->len) == 0;
}

/* One that nobody knows is the first. */
static enum tie_rule field_tie_rule(const struct field *f)
{
    for (enum tie_rule rule = 0; rule < TIE_RULE_COUNT; rule++)
        if (field_is(f, tie_rule_names[rule]))
            return rule;
    return TIE_FIRST_TO_REACH;
}

static int set_competition(struct dataset *d, const struct field *f, struct err *err)
{
    struct competition c = {
        .starts_at = field_time(&f[1]),
        .freezes_at = field_time(&f[2]),
        .ends_at = field_time(&f[3]),
        .visible = field_bool(&f[4], false),
        .tie_rule = field_tie_rule(&f[5]),
    };
    return dataset_set_competition(d, &c, field_text(&f[0]), err);
}

/* One that no address can name (lib/snapshot.h) is left out, too. */
static int add_division(struct dataset *d, const struct field *f, struct err *err)
{
    struct division row = {.id = field_int8(&f[0])};

    if (row.id < 1 || row.id > DIVISION_ID_MAX)
        return 0;
    return dataset_add_division(d, &row, field_text(&f[1]), err);
}

static int add_challenge(struct dataset *d, const struct field *f, struct err *err)
{
    struct challenge c = {
        .id = field_int8(&f[0]),
        .dynamic = field_is(&f[3], "dynamic"),
        .initial = field_int4(&f[4]),
        .minimum = field_int4(&f[5]),
        .has_decay = !f[6].null,
        .decay = field_int4(&f[6]),
        .breaks_ties = field_bool(&f[7], true),
    };
    return dataset_add_challenge(d, &c, field_text(&f[1]), field_text(&f[2]), err);
}

static int add_team(struct dataset *d, const struct field *f, struct err *err)
{
    struct team t = {
        .id = field_int8(&f[0]),
        .has_division = !f[2].null,
        .division_id = field_int8(&f[2]),
        .tie = field_tie(&f[3]),
    };
    return dataset_add_team(d, &t, field_text(&f[1]), err);
}

static int add_user(struct dataset *d, const struct field *f, struct err *err)
{
    struct user u = {
        .id = field_int8(&f[0]),
        .has_team = !f[2].null,
        .team_id = field_int8(&f[2]),
        .has_division = !f[3].null,
        .division_id = field_int8(&f[3]),
        .tie = field_tie(&f[4]),
    };
    return dataset_add_user(d, &u, field_text(&f[1]), err);
}

static int add_solve(struct dataset *d, const struct field *f, struct err *err)
{
    struct solve s = {
        .has_user = !f[0].null,
        .user_id = field_int8(&f[0]),
        .has_team = !f[1].null,
        .team_id = field_int8(&f[1]),
        .challenge_id = field_int8(&f[2]),
        .solved_at = field_time(&f[3]),
        .points = f[4].null ? NO_POINTS : field_int4(&f[4]),
    };
    return dataset_add_solve(d, &s, err);
}

static int add_award(struct dataset *d, const struct field *f, struct err *err)
{
    struct award a = {
        .has_user = !f[0].null,
        .user_id = field_int8(&f[0]),
        .has_team = !f[1].null,
        .team_id = field_int8(&f[1]),
        .points = field_int4(&f[2]),
        .awarded_at = field_time(&f[3]),
    };
    return dataset_add_award(d, &a, err);
}

/* --- The functions ---------------------------------------------------------------------------- */

static const struct function {
    const char *name;
    bool timed; /* takes `until` */
    int (*add)(struct dataset *, const struct field *, struct err *);
    int ncolumns;
    struct column columns[COLUMNS_MAX];
} functions[FUNCTION_COUNT] = {
    [FUNCTION_COMPETITION] =
        {
            .name = "competition",
            .add = set_competition,
            .ncolumns = 6,
            .columns =
                {
                    {"name", TEXT},
                    {"starts_at", OPTIONAL_TIME},
                    {"freezes_at", OPTIONAL_TIME},
                    {"ends_at", OPTIONAL_TIME},
                    {"visible", OPTIONAL_FLAG},
                    {"tie_rule", TEXT},
                },
        },
    [FUNCTION_DIVISIONS] =
        {
            .name = "divisions",
            .add = add_division,
            .ncolumns = 2,
            .columns =
                {
                    {"id", ID},
                    {"name", TEXT},
                },
        },
    [FUNCTION_CHALLENGES] =
        {
            .name = "challenges",
            .timed = true,
            .add = add_challenge,
            .ncolumns = 8,
            .columns =
                {
                    {"id", ID},
                    {"title", TEXT},
                    {"category", TEXT},
                    {"formula", TEXT},
                    {"initial_points", POINTS},
                    {"minimum_points", POINTS},
                    {"decay", OPTIONAL_POINTS},
                    {"breaks_ties", OPTIONAL_FLAG},
                },
        },
    [FUNCTION_TEAMS] =
        {
            .name = "teams",
            .timed = true,
            .add = add_team,
            .ncolumns = 4,
            .columns =
                {
                    {"id", ID},
                    {"name", TEXT},
                    {"division_id", OPTIONAL_ID},
                    {"tie", OPTIONAL_ID},
                },
        },
    [FUNCTION_USERS] =
        {
            .name = "users",
            .timed = true,
            .add = add_user,
            .ncolumns = 5,
            .columns =
                {
                    {"id", ID},
                    {"name", TEXT},
                    {"team_id", OPTIONAL_ID},
                    {"division_id", OPTIONAL_ID},
                    {"tie", OPTIONAL_ID},
                },
        },
    [FUNCTION_SOLVES] =
        {
            .name = "solves",
            .timed = true,
            .add = add_solve,
            .ncolumns = 5,
            .columns =
                {
                    {"user_id", OPTIONAL_ID},
                    {"team_id", OPTIONAL_ID},
                    {"challenge_id", ID},
                    {"solved_at", TIME},
                    {"points", OPTIONAL_POINTS},
                },
        },
    [FUNCTION_AWARDS] =
        {
            .name = "awards",
            .timed = true,
            .add = add_award,
            .ncolumns = 4,
            .columns =
                {
                    {"user_id", OPTIONAL_ID},
                    {"team_id", OPTIONAL_ID},
                    {"points", POINTS},
                    {"awarded_at", ANY_TIME},
                },
        },
};

const char *copy_function_name(enum copy_function function)
{
    return functions[function].name;
}

static void append_until(struct buffer *sql, int64_t until)
{
    char at[TIMESTAMP_MAX];

    timestamp_format(at, until);
    buffer_printf(sql, "'%s'::timestamptz", until == NEVER ? "infinity" : at);
}

static void append_column(struct buffer *sql, const struct column *column)
{
    for (const char *at = types[column->type].sql; *at; at++)
        if (*at == '@')
            buffer_append_text(sql, column->name);
        else
            buffer_append_char(sql, *at);
}

void copy_statement(struct buffer *sql, enum copy_function function, int64_t until)
{
    const struct function *f = &functions[function];

    for (int i = 0; i < f->ncolumns; i++) {
        buffer_append_text(sql, i == 0 ? "COPY (SELECT " : ", ");
        append_column(sql, &f->columns[i]);
    }
    buffer_printf(sql, " FROM %s(", f->name);
    if (f->timed)
        append_until(sql, until);
    buffer_append_text(sql, ")) TO STDOUT (FORMAT binary)");
}

/* --- The stream ------------------------------------------------------------------------------- */

void copy_begin(struct copy_decoder *c, enum copy_function function, struct dataset *data)
{
    *c = (struct copy_decoder){.function = function, .data = data};
}

/* The next `n` bytes, or NULL when the chunk has less. */
static const char *take(struct cursor *in, size_t n)
{
    if ((size_t)(in->end - in->at) < n)
        return NULL;
    const char *bytes = in->at;
    in->at += n;
    return bytes;
}

static int take_header(struct cursor *in, struct err *err)
{
    const char *begin = take(in, sizeof(signature) + 8);
    if (!begin || memcmp(begin, signature, sizeof(signature)) != 0)
        return err_set(err, "not a binary COPY");
    if (big32(begin + sizeof(signature)) & CRITICAL_FLAGS)
        return err_set(err, "a binary COPY of an unknown kind");
    if (!take(in, big32(begin + sizeof(signature) + 4)))
        return err_set(err, "a binary COPY whose header is cut off");
    return 0;
}

static int take_field(struct cursor *in, struct field *f, struct err *err)
{
    const char *prefix = take(in, 4);
    if (!prefix)
        return err_set(err, "cut off");
    f->len = (int32_t)big32(prefix);
    f->null = f->len == -1;
    if (f->null)
        return 0;
    f->bytes = f->len < 0 ? NULL : take(in, (size_t)f->len);
    return f->bytes ? 0 : err_set(err, "%d bytes long, but cut off", f->len);
}

static int check_field(const struct field *f, enum type type, struct err *err)
{
    int32_t width = types[type].width;

    if (f->null)
        return types[type].null != REFUSED ? 0 : err_set(err, "NULL");
    if (width != ANY_WIDTH && f->len != width)
        return err_set(err, "%d bytes long instead of %d", f->len, width);
    return 0;
}

static int take_tuple(struct copy_decoder *c, struct cursor *in, struct err *err)
{
    const struct function *function = &functions[c->function];
    struct field fields[COLUMNS_MAX];
    bool left_out = false;

    for (int i = 0; i < function->ncolumns; i++) {
        enum type type = function->columns[i].type;
        if (take_field(in, &fields[i], err) < 0 || check_field(&fields[i], type, err) < 0)
            return err_prefix(err, "column %s", function->columns[i].name);
        left_out |= fields[i].null && types[type].null == LEFT_OUT;
    }
    if (!left_out && function->add(c->data, fields, err) < 0)
        return -1;
    c->rows++;
    return 0;
}

/* One tuple, or the trailer. */
static int take_item(struct copy_decoder *c, struct cursor *in, struct err *err)
{
    const char *count = take(in, 2);
    if (c->ended)
        return err_set(err, "more data after the end");
    if (!count)
        return err_set(err, "cut off");
    int16_t nfields = (int16_t)big16(count);
    if (nfields == -1) {
        c->ended = true;
        return 0;
    }
    if (nfields != functions[c->function].ncolumns)
        return err_set(err, "%d columns instead of %d", nfields, functions[c->function].ncolumns);
    return take_tuple(c, in, err);
}

/* Says where: the function, and the row when a row is at fault. */
static int failed_at(const struct copy_decoder *c, struct err *err)
{
    return err_prefix(err, "reading %s, row %llu", functions[c->function].name,
                      (unsigned long long)c->rows + 1);
}

int copy_decode(struct copy_decoder *c, const char *bytes, size_t len, struct err *err)
{
    struct cursor in = {.at = bytes, .end = bytes + len};
    if (!c->begun && take_header(&in, err) < 0)
        return failed_at(c, err);
    c->begun = true;
    while (in.at < in.end) {
        if (take_item(c, &in, err) < 0)
            return failed_at(c, err);
    }
    return 0;
}

int copy_end(const struct copy_decoder *c, struct err *err)
{
    if (c->ended)
        return 0;
    err_set(err, "the data ended early");
    return failed_at(c, err);
}
