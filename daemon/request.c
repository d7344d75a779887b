#include "daemon/request.h"

#include <string.h>
#include <strings.h>

#include "lib/revision.h"

enum { INCOMPLETE = 0, COMPLETE = 200, MALFORMED = 400, TOO_LARGE = 431, WRONG_VERSION = 505 };

struct head_span {
    const char *at;
    size_t len;
};

/* What is gathered line by line; `request` is handed out only when the head is whole. */
struct head {
    struct request_head request;
    int minor; /* of HTTP/1.x */
    int hosts;
    int fields;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_token_char(char c)
{
    return is_digit(c) || is_letter(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_target_char(char c)
{
    return c > ' ' && c < 0x7f;
}

static bool is_value_char(char c)
{
    return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* At least one character, and all of one kind. */
static bool consists_of(struct head_span text, bool (*kind)(char))
{
    for (size_t i = 0; i < text.len; i++)
        if (!kind(text.at[i]))
            return false;
    return text.len > 0;
}

static bool equals(struct head_span text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* Header names know no case. */
static bool is_named(struct head_span name, const char *word)
{
    return name.len == strlen(word) && strncasecmp(name.at, word, name.len) == 0;
}

/* Moves what lies before `stop` from *rest to *taken, and drops `stop`. */
static bool take_until(struct head_span *rest, char stop, struct head_span *taken)
{
    const char *found = memchr(rest->at, stop, rest->len);

    if (!found)
        return false;
    *taken = (struct head_span){rest->at, (size_t)(found - rest->at)};
    *rest = (struct head_span){found + 1, rest->len - taken->len - 1};
    return true;
}

static int take_line(struct head_span *rest, struct head_span *line)
{
    if (!take_until(rest, '\n', line))
        return INCOMPLETE;
    if (line->len == 0 || line->at[line->len - 1] != '\r')
        return MALFORMED;
    line->len--;
    return COMPLETE;
}

static enum method method_of(struct head_span name)
{
    if (equals(name, "GET"))
        return METHOD_GET;
    return equals(name, "HEAD") ? METHOD_HEAD : METHOD_OTHER;
}

/* HTTP/<digit>.<digit> */
static bool is_version(struct head_span text)
{
    return text.len == strlen("HTTP/1.1") && memcmp(text.at, "HTTP/", 5) == 0 &&
           is_digit(text.at[5]) && text.at[6] == '.' && is_digit(text.at[7]);
}

static int parse_version(struct head_span text, int *minor)
{
    if (!is_version(text))
        return MALFORMED;
    if (text.at[5] != '1')
        return WRONG_VERSION;
    *minor = text.at[7] - '0';
    return COMPLETE;
}

static int parse_request_line(struct head_span line, struct head *head)
{
    struct head_span method, target, path;

    if (!take_until(&line, ' ', &method) || !consists_of(method, is_token_char))
        return MALFORMED;
    if (!take_until(&line, ' ', &target) || !consists_of(target, is_target_char) ||
        target.at[0] != '/')
        return MALFORMED;
    path = target;
    take_until(&target, '?', &path);
    head->request.method = method_of(method);
    head->request.path = path.at;
    head->request.path_len = path.len;
    return parse_version(line, &head->minor);
}

static struct head_span trim(struct head_span text)
{
    while (text.len > 0 && is_blank(text.at[0]))
        text = (struct head_span){text.at + 1, text.len - 1};
    while (text.len > 0 && is_blank(text.at[text.len - 1]))
        text.len--;
    return text;
}

/* A second one makes the first as good as none: which of them a proxy meant cannot be known. */
static void note_last_event_id(struct request_head *request, struct head_span value)
{
    bool repeated = request->resumes;

    request->resumes = true;
    request->last_seen = REVISION_NONE;
    if (!repeated)
        revision_parse(value.at, value.len, &request->last_seen);
}

static void note_origin(struct request_head *request, struct head_span value)
{
    request->origin = value.at;
    request->origin_len = value.len;
}

static int parse_field(struct head_span line, struct head *head)
{
    struct head_span name;

    if (!take_until(&line, ':', &name) || !consists_of(name, is_token_char))
        return MALFORMED;
    if (line.len > 0 && !consists_of(line, is_value_char))
        return MALFORMED;
    if (++head->fields > REQUEST_FIELDS_MAX)
        return TOO_LARGE;
    if (is_named(name, "Host"))
        head->hosts++;
    if (is_named(name, "Last-Event-ID"))
        note_last_event_id(&head->request, trim(line));
    if (is_named(name, "Origin"))
        note_origin(&head->request, trim(line));
    if (is_named(name, "X-Forwarded-For")) {
        head->request.forwarded_for = line.at;
        head->request.forwarded_for_len = line.len;
    }
    if (is_named(name, "Authorization")) {
        line = trim(line);
        head->request.authorization = line.at;
        head->request.authorization_len = line.len;
    }
    return COMPLETE;
}

/* HTTP/1.1 wants exactly one Host, HTTP/1.0 none or one. */
static int finish(const struct head *head)
{
    bool enough = head->hosts == 1 || (head->hosts == 0 && head->minor == 0);

    return enough ? COMPLETE : MALFORMED;
}

static int parse_head(struct head_span rest, struct head *head)
{
    struct head_span line;
    int status = take_line(&rest, &line);

    if (status == COMPLETE)
        status = parse_request_line(line, head);
    while (status == COMPLETE && (status = take_line(&rest, &line)) == COMPLETE) {
        if (line.len == 0)
            return finish(head);
        status = parse_field(line, head);
    }
    return status;
}

int request_parse(const char *bytes, size_t len, size_t max, struct request_head *request)
{
    struct head head = {.request.last_seen = REVISION_NONE};
    int status = parse_head((struct head_span){bytes, len < max ? len : max}, &head);

    if (status == INCOMPLETE && len >= max)
        return TOO_LARGE;
    if (status == COMPLETE)
        *request = head.request;
    return status;
}
