#include "cli/sse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void clear_event(struct sse *sse)
{
    sse->event.name[0] = '\0';
    sse->event.data[0] = '\0';
    sse->has_data = false;
}

void sse_restart(struct sse *sse)
{
    clear_event(sse);
    sse->len = 0;
    sse->after_cr = false;
}

static void dispatch(struct sse *sse, sse_listener listener, void *arg)
{
    if (sse->has_data) {
        if (sse->event.name[0] == '\0')
            strcpy(sse->event.name, "message");
        listener(arg, &sse->event);
    }
    clear_event(sse);
}

static void copy(char *out, size_t size, const char *value)
{
    size_t n = strnlen(value, size - 1);

    memcpy(out, value, n);
    out[n] = '\0';
}

static void append_data(struct sse *sse, const char *value)
{
    size_t used = strlen(sse->event.data), room = sizeof sse->event.data - used;

    if (sse->has_data && room > 1) { /* a second line of data */
        sse->event.data[used++] = '\n';
        room--;
    }
    copy(sse->event.data + used, room, value);
    sse->has_data = true;
}

static void take_field(struct sse *sse, const char *field, const char *value)
{
    if (strcmp(field, "id") == 0)
        copy(sse->event.id, sizeof sse->event.id, value);
    else if (strcmp(field, "event") == 0)
        copy(sse->event.name, sizeof sse->event.name, value);
    else if (strcmp(field, "data") == 0)
        append_data(sse, value);
    else if (strcmp(field, "retry") == 0 && value[0] && value[strspn(value, "0123456789")] == '\0')
        sse->retry_ms = atoll(value);
}

/* "field: value"; one space after the colon is not the value's. A comment has an empty field. */
static void take_line(struct sse *sse, sse_listener listener, void *arg)
{
    char *colon;

    if (sse->len == 0) {
        dispatch(sse, listener, arg);
        return;
    }
    sse->line[sse->len] = '\0';
    sse->len = 0;
    colon = strchr(sse->line, ':');
    if (!colon) {
        take_field(sse, sse->line, "");
        return;
    }
    *colon = '\0';
    take_field(sse, sse->line, colon + 1 + (colon[1] == ' '));
}

/* Lines end in LF, CR, or CR LF. */
void sse_feed(struct sse *sse, const char *bytes, size_t n, sse_listener listener, void *arg)
{
    for (size_t i = 0; i < n; i++) {
        bool lf_of_crlf = bytes[i] == '\n' && sse->after_cr;

        sse->after_cr = bytes[i] == '\r';
        if (lf_of_crlf)
            continue;
        if (bytes[i] == '\n' || bytes[i] == '\r')
            take_line(sse, listener, arg);
        else if (sse->len < sizeof sse->line - 1)
            sse->line[sse->len++] = bytes[i];
    }
}
