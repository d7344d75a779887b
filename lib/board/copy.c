/*
 * copy: the decoder of COPY's binary format.
 *
 *     header   "PGCOPY\n\377\r\n\0", int32 flags, int32 length of an extension, the extension
 *     tuple    int16 number of fields, then each field as int32 length (-1: NULL) and its bytes
 *     trailer  int16 -1
 *
 * All numbers are in network order. One table says for each view what is asked for, what each
 * column looks like on the wire, and which function makes a row of it. Lengths are checked against
 * that table before that function runs, so that it reads fields of known sizes and nothing else.
 */
#include "lib/board/copy.h"

#include <endian.h>
#include <string.h>

#include "lib/timestamp.h"

#define COLUMNS_MAX 7

static const char signature[11] = "PGCOPY\n\377\r\n"; /* its NUL is part of it */

/* Flags 16 to 31 change the format: whoever does not know them must stop. */
#define CRITICAL_FLAGS UINT32_C(0xffff0000)

/* timestamptz counts microseconds from 2000-01-01; we count from 1970. */
#define POSTGRES_EPOCH INT64_C(946684800000000)

struct column {
    int32_t width; /* in bytes; TEXT: any */
    bool nullable;
};

#define TEXT (-1)

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

static int32_t field_int4(const struct field *f)
{
    return f->null ? 0 : (int32_t)big32(f->bytes);
}

static bool field_bool(const struct field *f)
{
    return f->bytes[0] != 0;
}

/* PostgreSQL's infinities are the ends of int64, and so are clamped with the rest. */
static int64_t field_time(const struct field *f)
{
    int64_t us;

    if (__builtin_add_overflow(field_int8(f), POSTGRES_EPOCH, &us))
        us = INT64_MAX;
    return timestamp_clamped(us);
}

static int add_challenge(struct dataset *d, const struct field *f, struct err *err)
{
    struct challenge c = {
        .id = field_int8(&f[0]),
        .dynamic = field_bool(&f[3]),
        .initial = field_int4(&f[4]),
        .minimum = field_int4(&f[5]),
        .has_decay = !f[6].null,
        .decay = field_int4(&f[6]),
    };
    return dataset_add_challenge(d, &c, f[1].bytes, (size_t)f[1].len, f[2].bytes, (size_t)f[2].len,
                                 err);
}

static int add_team(struct dataset *d, const struct field *f, struct err *err)
{
    return dataset_add_team(d, field_int8(&f[0]), f[1].bytes, (size_t)f[1].len, err);
}

static int add_user(struct dataset *d, const struct field *f, struct err *err)
{
    return dataset_add_user(d, field_int8(&f[0]), f[1].bytes, (size_t)f[1].len, !f[2].null,
                            field_int8(&f[2]), err);
}

static int add_solve(struct dataset *d, const struct field *f, struct err *err)
{
    struct solve s = {
        .user_id = field_int8(&f[0]),
        .challenge_id = field_int8(&f[1]),
        .solved_at = field_time(&f[2]),
    };
    return dataset_add_solve(d, &s, err);
}

static int add_award(struct dataset *d, const struct field *f, struct err *err)
{
    struct award a = {
        .user_id = field_int8(&f[0]),
        .has_user = !f[0].null,
        .team_id = field_int8(&f[1]),
        .has_team = !f[1].null,
        .points = field_int4(&f[2]),
        .awarded_at = field_time(&f[3]),
    };
    return dataset_add_award(d, &a, err);
}

/* --- The views -------------------------------------------------------------------------------- */

static const struct view {
    const char *name;
    const char *select;
    struct column columns[COLUMNS_MAX];
    int ncolumns;
    int (*add)(struct dataset *, const struct field *, struct err *);
} views[VIEW_COUNT] = {
    [VIEW_CHALLENGES] =
        {
            .name = "challenges",
            .select =
                "SELECT id::int8, coalesce(title::text, ''), coalesce(category::text, ''),"
                " coalesce(formula::text = 'dynamic', false),"
                " least(greatest(coalesce(initial_points, 0), -2147483648), 2147483647)::int4,"
                " least(greatest(coalesce(minimum_points, 0), -2147483648), 2147483647)::int4,"
                " CASE WHEN decay IS NOT NULL"
                " THEN least(greatest(decay, -2147483648), 2147483647)::int4 END"
                " FROM challenges('infinity') WHERE id IS NOT NULL",
            .columns = {{8, false},
                        {TEXT, false},
                        {TEXT, false},
                        {1, false},
                        {4, false},
                        {4, false},
                        {4, true}},
            .ncolumns = 7,
            .add = add_challenge,
        },
    [VIEW_TEAMS] =
        {
            .name = "teams",
            .select = "SELECT id::int8, coalesce(name::text, '') FROM teams('infinity') WHERE id "
                      "IS NOT NULL",
            .columns = {{8, false}, {TEXT, false}},
            .ncolumns = 2,
            .add = add_team,
        },
    [VIEW_USERS] =
        {
            .name = "users",
            .select = "SELECT id::int8, coalesce(name::text, ''), team_id::int8"
                      " FROM users('infinity') WHERE id IS NOT NULL",
            .columns = {{8, false}, {TEXT, false}, {8, true}},
            .ncolumns = 3,
            .add = add_user,
        },
    [VIEW_SOLVES] =
        {
            .name = "solves",
            .select =
                "SELECT user_id::int8, challenge_id::int8, solved_at::timestamptz"
                " FROM solves('infinity') WHERE user_id IS NOT NULL AND challenge_id IS NOT NULL"
                " AND solved_at IS NOT NULL",
            .columns = {{8, false}, {8, false}, {8, false}},
            .ncolumns = 3,
            .add = add_solve,
        },
    [VIEW_AWARDS] =
        {
            .name = "awards",
            .select = "SELECT user_id::int8, team_id::int8,"
                      " least(greatest(coalesce(points, 0), -2147483648), 2147483647)::int4,"
                      " coalesce(awarded_at::timestamptz, '-infinity')"
                      " FROM awards('infinity') WHERE user_id IS NOT NULL OR team_id IS NOT NULL",
            .columns = {{8, true}, {8, true}, {4, false}, {8, false}},
            .ncolumns = 4,
            .add = add_award,
        },
};

const char *copy_view_name(enum copy_view view)
{
    return views[view].name;
}

const char *copy_select(enum copy_view view)
{
    return views[view].select;
}

/* --- The stream ------------------------------------------------------------------------------- */

void copy_begin(struct copy_decoder *c, enum copy_view view, struct dataset *data)
{
    *c = (struct copy_decoder){.view = view, .data = data};
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

static int check_field(const struct field *f, const struct column *column, struct err *err)
{
    if (f->null)
        return column->nullable ? 0 : err_set(err, "NULL");
    if (column->width != TEXT && f->len != column->width)
        return err_set(err, "%d bytes long instead of %d", f->len, column->width);
    return 0;
}

static int take_tuple(struct copy_decoder *c, struct cursor *in, struct err *err)
{
    const struct view *view = &views[c->view];
    struct field fields[COLUMNS_MAX];
    for (int i = 0; i < view->ncolumns; i++) {
        if (take_field(in, &fields[i], err) < 0 ||
            check_field(&fields[i], &view->columns[i], err) < 0)
            return err_prefix(err, "column %d", i + 1);
    }
    if (view->add(c->data, fields, err) < 0)
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
    if (nfields != views[c->view].ncolumns)
        return err_set(err, "%d columns instead of %d", nfields, views[c->view].ncolumns);
    return take_tuple(c, in, err);
}

/* Says where: the view, and the row when a row is at fault. */
static int failed_at(const struct copy_decoder *c, struct err *err)
{
    return err_prefix(err, "reading %s, row %llu", views[c->view].name,
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
