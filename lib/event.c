#include "lib/event.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/timestamp.h"

/* ASCII by hand: isalnum() asks the locale. */
static bool is_reason_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool event_reason_valid(const char *reason, size_t len)
{
    if (len == 0 || len > EVENT_REASON_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_reason_char(reason[i]))
            return false;
    return true;
}

static bool fault_set(struct event_fault *fault, const char *field, const char *reason)
{
    *fault = (struct event_fault){field, reason};
    return false;
}

/* cJSON's strings end at a NUL, so one could hide what follows it. Escaped ones are looked for in
 * the plain text: \\u0000, a backslash before u0000, is refused with them, at no loss. */
static bool has_nul(const char *text, size_t len)
{
    return memchr(text, '\0', len) || memmem(text, len, "\\u0000", strlen("\\u0000"));
}

static bool scope_check(const cJSON *json, struct event_fault *fault)
{
    const cJSON *scope = cJSON_GetObjectItemCaseSensitive(json, "scope");

    if (!scope || (cJSON_IsString(scope) && strcmp(scope->valuestring, "all") == 0))
        return true;
    return fault_set(fault, "scope", "must be all");
}

static bool reason_get(const cJSON *json, struct board_event *event, struct event_fault *fault)
{
    const cJSON *reason = cJSON_GetObjectItemCaseSensitive(json, "reason");

    if (!reason)
        return fault_set(fault, "reason", "missing");
    if (!cJSON_IsString(reason) ||
        !event_reason_valid(reason->valuestring, strlen(reason->valuestring)))
        return fault_set(fault, "reason", "must match [a-z0-9_]{1,64}");
    strcpy(event->reason, reason->valuestring);
    return true;
}

static int64_t ts_get(const cJSON *json, int64_t now)
{
    const cJSON *ts = cJSON_GetObjectItemCaseSensitive(json, "ts");
    struct err ignored;
    int64_t us;

    if (cJSON_IsString(ts) && timestamp_parse(ts->valuestring, &us, &ignored) == 0)
        return us;
    return now;
}

bool event_read(const struct cJSON *json, int64_t now, struct board_event *event,
                struct event_fault *fault)
{
    struct board_event read = {0};

    if (!cJSON_IsObject(json))
        return fault_set(fault, "body", "not a JSON object");
    if (!scope_check(json, fault) || !reason_get(json, &read, fault))
        return false;
    read.ts = ts_get(json, now);
    read.outbox = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "outbox"));
    *event = read;
    return true;
}

bool event_parse(const char *text, size_t len, int64_t now, struct board_event *event,
                 struct event_fault *fault)
{
    cJSON *json;
    bool ok;

    if (has_nul(text, len))
        return fault_set(fault, "body", "must not contain NUL");
    json = json_parse(text, len);
    ok = event_read(json, now, event, fault);
    cJSON_Delete(json);
    return ok;
}

/* Nothing in an event needs escaping: the reason's alphabet and the time's are plain. */
static size_t format_with(const struct board_event *event, const char *more,
                          char out[EVENT_TEXT_MAX])
{
    char ts[TIMESTAMP_MAX];

    timestamp_format(ts, event->ts);
    return (size_t)snprintf(out, EVENT_TEXT_MAX,
                            "{\"scope\":\"all\",\"reason\":\"%s\",\"ts\":\"%s\"%s}", event->reason,
                            ts, more);
}

size_t event_format(const struct board_event *event, char out[EVENT_TEXT_MAX])
{
    return format_with(event, "", out);
}

size_t event_format_outbox(const struct board_event *event, char out[EVENT_TEXT_MAX])
{
    return format_with(event, ",\"outbox\":true", out);
}

void event_merge(struct board_event *into, const struct board_event *from)
{
    if (into->reason[0] == '\0') {
        *into = *from;
        return;
    }
    if (strcmp(into->reason, from->reason) != 0)
        strcpy(into->reason, EVENT_REASON_BATCH);
    into->outbox = into->outbox && from->outbox;
    if (from->ts > into->ts)
        into->ts = from->ts;
}
