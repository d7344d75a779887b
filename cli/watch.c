/*
 * watch: the stream in a terminal, one line per notice.
 *
 * What a browser sees, seen from the host: through the daemon's socket, or with --url through
 * lighttpd. A stream that ends is opened again, after what its `retry:` asked for, or with growing
 * pauses when there is nobody to ask. The last id goes along, so that nothing is shown twice and
 * nothing is missed.
 */
#include "cli/command.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/fetch.h"
#include "cli/interrupt.h"
#include "cli/sse.h"
#include "lib/timestamp.h"

#define STREAM_PATH     "/api/scoreboard/stream"
#define PAUSE_MIN_MS    500
#define PAUSE_MAX_MS    30000
#define CONNECT_SECONDS 5

enum { WATCH_URL };

static int run_watch(const struct call *call, struct err *err);

const struct command watch_command = {
    .name = "watch",
    .help = "follow the stream in this terminal, until Ctrl-C",
    .options =
        {[WATCH_URL] = {"url", "URL", NULL,
                        "through lighttpd, e.g. http://localhost; else the daemon's socket"}},
    .run = run_watch,
};

struct watch {
    int interrupt;
    int64_t silence_ms; /* a stream without even a comment for this long is dead */
    int64_t pause_ms;   /* before the next attempt */
    struct sse sse;
};

static void print_time(void)
{
    time_t now = time(NULL);
    char text[sizeof "00:00:00"];
    struct tm tm;

    strftime(text, sizeof text, "%H:%M:%S", localtime_r(&now, &tm));
    printf("%s  ", text);
}

/* "submission_correct  0.412 s old": from the commit of the last change to this line. */
static void print_notice(const char *data)
{
    int64_t now = timestamp_now();
    struct event_fault fault;
    struct board_event event;

    if (!event_parse(data, strlen(data), now, &event, &fault)) {
        printf("a notice with a bad %s: %s\n", fault.field, fault.reason);
        return;
    }
    printf("%s  %.3f s old\n", event.reason, (double)(now - event.ts) / 1e6);
}

static void show(void *arg, const struct sse_event *event)
{
    struct watch *watch = arg;

    watch->pause_ms = PAUSE_MIN_MS;
    print_time();
    printf("revision %s  ", event->id[0] ? event->id : "none");
    if (strcmp(event->name, "scoreboard") == 0)
        print_notice(event->data);
    else
        printf("%s\n", event->name);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct watch *watch = arg;

    sse_feed(&watch->sse, bytes, size * count, show, watch);
    return size * count;
}

static struct curl_slist *prepare(CURL *curl, struct watch *watch)
{
    char last_id[sizeof "Last-Event-ID: " + SSE_NAME_MAX];
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: text/event-stream");

    if (watch->sse.event.id[0]) {
        snprintf(last_id, sizeof last_id, "Last-Event-ID: %s", watch->sse.event.id);
        headers = curl_slist_append(headers, last_id);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)(watch->silence_ms / 1000 + 1));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, watch);
    return headers;
}

/* Drives the transfer to its end, or to the user's. True: the user wants us to stop. */
static bool drive(CURLM *multi, int interrupt)
{
    struct curl_waitfd stop = {interrupt, CURL_WAIT_POLLIN, 0};
    int running = 1;

    while (curl_multi_perform(multi, &running) == CURLM_OK && running)
        if (curl_multi_poll(multi, &stop, 1, 1000, NULL) != CURLM_OK || stop.revents)
            break;
    return stop.revents != 0;
}

static const char *why_it_ended(CURLM *multi)
{
    int left;
    const CURLMsg *message = curl_multi_info_read(multi, &left);

    if (!message || message->data.result == CURLE_OK)
        return "the stream ended";
    return curl_easy_strerror(message->data.result);
}

/* One connection, from its start to its end. 1: the user wants us to stop. */
static int follow(struct watch *watch, const struct endpoint *server, struct err *err)
{
    CURL *curl = fetch_handle(server, STREAM_PATH, err);
    struct curl_slist *headers;
    CURLM *multi;
    bool stop;

    if (!curl)
        return -1;
    multi = curl_multi_init();
    headers = prepare(curl, watch);
    sse_restart(&watch->sse);
    curl_multi_add_handle(multi, curl);
    stop = drive(multi, watch->interrupt);
    if (!stop) {
        print_time();
        printf("%s; trying again\n", why_it_ended(multi));
    }
    curl_multi_remove_handle(multi, curl);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return stop;
}

/* The server's `retry:` holds for the first attempt; with each failure the pause doubles. */
static int64_t next_pause(struct watch *watch)
{
    int64_t pause = watch->pause_ms;

    if (pause == PAUSE_MIN_MS && watch->sse.retry_ms > 0)
        pause = watch->sse.retry_ms;
    watch->pause_ms = watch->pause_ms < PAUSE_MAX_MS / 2 ? watch->pause_ms * 2 : PAUSE_MAX_MS;
    return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static int run_watch(const struct call *call, struct err *err)
{
    struct endpoint server = fetch_daemon(call->config);
    struct watch watch = {.pause_ms = PAUSE_MIN_MS};
    int stop;

    if (call->values[WATCH_URL])
        server = (struct endpoint){NULL, call->values[WATCH_URL]};
    watch.silence_ms = 4 * call->config->heartbeat;
    watch.interrupt = interrupt_open(err);
    if (watch.interrupt < 0)
        return -1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    do {
        stop = follow(&watch, &server, err);
    } while (stop == 0 && !interrupt_wait(watch.interrupt, next_pause(&watch)));
    return stop < 0 ? -1 : EXIT_SUCCESS;
}
