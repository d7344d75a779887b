/*
 * request: reads the head of an HTTP/1.1 request, as much of it as this daemon cares about.
 *
 * A pure function over the bytes received so far. It is strict: what RFC 9112 calls malformed is
 * refused, not repaired (bare LF, folded lines, space before a colon), since the peer is a proxy of
 * ours or a tool on this host. A body is never read: every answer of ours ends the connection, so a
 * body cannot be taken for a second request.
 */
#ifndef DAEMON_REQUEST_H
#define DAEMON_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_FIELDS_MAX 100 /* header fields of one request */

enum method { METHOD_GET, METHOD_HEAD, METHOD_OTHER };

struct request_head {
    enum method method;
    const char *path; /* into the bytes parsed; as sent (no percent-decoding), without the query */
    size_t path_len;
    const char *forwarded_for; /* the value of X-Forwarded-For, of the last one; into the bytes */
    size_t forwarded_for_len;
    const char *authorization; /* likewise; NULL: absent */
    size_t authorization_len;
    const char *origin; /* without blanks around; NULL: absent */
    size_t origin_len;
    bool resumes;      /* there was a Last-Event-ID, whatever it said */
    int64_t last_seen; /* the revision it named; REVISION_NONE: none, garbage, or named twice */
};

/* 0: the head is not complete yet. 200: *request is set. Else the status to refuse it with: 400,
 * 431 (more than `max` bytes or REQUEST_FIELDS_MAX fields) or 505; *request is untouched. */
int request_parse(const char *bytes, size_t len, size_t max, struct request_head *request);

#endif
