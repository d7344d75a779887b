#include "simulation/batch.h"

#include "lib/database.h"

void batch_init(struct batch *batch, int width)
{
    *batch = (struct batch){.width = width};
}

void batch_release(struct batch *batch)
{
    for (int i = 0; i < batch->width; i++)
        buffer_release(&batch->columns[i]);
}

static void batch_clear(struct batch *batch)
{
    for (int i = 0; i < batch->width; i++)
        buffer_clear(&batch->columns[i]);
}

/* PostgreSQL's array text: {1,2} or {"a","b"}. */
static struct buffer *next_element(struct batch *batch, int column)
{
    struct buffer *b = &batch->columns[column];

    buffer_append_char(b, b->len ? ',' : '{');
    return b;
}

void batch_add_text(struct batch *batch, int column, const char *text, size_t len)
{
    struct buffer *b = next_element(batch, column);

    buffer_append_char(b, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buffer_append_char(b, '\\');
        buffer_append_char(b, text[i]);
    }
    buffer_append_char(b, '"');
}

void batch_add_int(struct batch *batch, int column, int64_t n)
{
    buffer_append_int(next_element(batch, column), n);
}

void batch_add_null(struct batch *batch, int column)
{
    buffer_append_text(next_element(batch, column), "NULL");
}

PGresult *batch_run(struct batch *batch, PGconn *db, int64_t deadline_ms, const char *sql,
                    struct err *err)
{
    const char *params[BATCH_COLUMNS_MAX];
    PGresult *result;

    for (int i = 0; i < batch->width; i++) {
        struct buffer *b = &batch->columns[i];
        buffer_append(b, "}", sizeof "}"); /* with its NUL */
        params[i] = b->data;
        if (buffer_failed(b)) {
            err_set(err, "out of memory");
            return NULL;
        }
    }
    result = database_query(db, deadline_ms, sql, batch->width, params, NULL, err);
    batch_clear(batch);
    return result;
}
