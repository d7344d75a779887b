#include "lib/option.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "lib/config.h"
#include "lib/deltas.h"

#define SECOND          INT64_C(1000)
#define MINUTE          (60 * SECOND)
#define HOUR            (60 * MINUTE)
#define KILO            INT64_C(1024)
#define MEGA            (1024 * KILO)
#define GIGA            (1024 * MEGA)
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* --- The table -------------------------------------------------------------------------------- */

static const char *const log_levels[] = {"error", "warn", "info", NULL};
static const char *const handovers[] = {"x-sendfile", "x-accel-redirect", "body", NULL};

static const struct {
    const char *name, *help;
} sections[] = {
    {"scoreboard", "The host: which scoreboard it serves, and where."},
    {"postgres", "PostgreSQL, for all programs; the events call has a conninfo of its own."},
    {"redis", "Redis, for all programs."},
    {"rebuild", "When boards are rebuilt, and within which limits."},
    {"snapshot", "How long superseded boards stay on the disk of this host."},
    {"stream", "The live stream to browsers."},
    {"read", "The responder that answers board reads."},
    {"publish", "The responder that takes events."},
};

#define AT(field) offsetof(struct config, field)

/* clang-format off */
const struct option options[] = {
    {"scoreboard", "instance", OPTION_TEXT, AT(instance), "", 0, 31, NULL,
     "Names one of several scoreboards that share a PostgreSQL database or a Redis: lower case "
     "letters, digits and _, a letter first. It names the schema and the roles in PostgreSQL and "
     "prefixes every name in Redis. Give each instance its own directory and socket too. Empty: "
     "the only one."},
    {"scoreboard", "directory", OPTION_PATH, AT(directory), "/run/scoreboardd", 1, 200, NULL,
     "Holds the boards that this host serves, best in memory (a tmpfs): whole boards are written with "
     "each change, and after a boot the first rebuild makes them anew. The daemon writes it, the read responder and the web "
     "server read it. One daemon per directory."},
    {"scoreboard", "socket", OPTION_PATH, AT(socket), "/run/scoreboardd/scoreboardd.sock",
     1, SOCKET_PATH_MAX, NULL,
     "The Unix socket on which the daemon serves the stream, health, metrics and status."},
    {"scoreboard", "url", OPTION_TEXT, AT(url), "", 0, 0, NULL,
     "Where browsers reach this host, like https://ctf.example.org; for scoreboardctl status and "
     "watch. Empty: what the web server does is not checked."},
    {"scoreboard", "cors_origins", OPTION_TEXT, AT(cors_origins), "", 0, 0, NULL,
     "Other sites whose pages may read the boards, the stream and health (CORS): origins like "
     "https://ctf.example.org, separated by spaces or commas. *: any. Empty: none. What a staff "
     "token opens stays closed to all of them."},
    {"scoreboard", "log_level", OPTION_CHOICE, AT(log_level), "info", 0, 0, log_levels,
     "What is written to standard error: this level and the graver ones."},

    {"postgres", "conninfo", OPTION_TEXT, AT(conninfo), "dbname=scoreboard user=scoreboard_daemon",
     0, 0, NULL,
     "A libpq connection string or URI, of the daemon's role. service=NAME works too."},
    {"postgres", "password_file", OPTION_PATH, AT(password_file), "", 0, 0, NULL,
     "A libpq password file. Empty: libpq's own default."},
    {"postgres", "platform_schema", OPTION_TEXT, AT(platform_schema), "public", 1, 63, NULL,
     "The schema that holds the tables of the competition's platform."},
    {"postgres", "connect_deadline", OPTION_DURATION, AT(connect_deadline), "3s",
     100, MINUTE, NULL,
     "For opening a connection."},
    {"postgres", "poll_deadline", OPTION_DURATION, AT(poll_deadline), "2s", 100, MINUTE, NULL,
     "For one small query."},
    {"postgres", "read_deadline", OPTION_DURATION, AT(read_deadline), "30s", SECOND, HOUR, NULL,
     "For reading everything that a rebuild needs."},
    {"postgres", "lock_deadline", OPTION_DURATION, AT(lock_deadline), "1s", 10, HOUR, NULL,
     "For a table or row that somebody else has locked. A rebuild does not wait longer; it gives up "
     "and is tried again."},

    {"redis", "socket", OPTION_PATH, AT(redis.socket), "", 0, SOCKET_PATH_MAX, NULL,
     "A Unix socket. Empty: host and port are used."},
    {"redis", "host", OPTION_TEXT, AT(redis.host), "127.0.0.1", 1, 255, NULL,
     "A name or an address."},
    {"redis", "port", OPTION_COUNT, AT(redis.port), "6379", 1, 65535, NULL,
     "The TCP port."},
    {"redis", "sentinels", OPTION_TEXT, AT(redis.sentinels), "", 0, 0, NULL,
     "Redis Sentinels, as HOST or HOST:PORT, like 10.0.0.1 10.0.0.2:26380 [fd00::3]:26379. They are "
     "asked in turn where the primary is, whenever a connection has to be opened: after a failover, "
     "too. Socket, host and port are not used then. Empty: no Sentinels."},
    {"redis", "master_name", OPTION_TEXT, AT(redis.master_name), "mymaster", 1, 255, NULL,
     "How the Sentinels name the primary."},
    {"redis", "sentinel_password_file", OPTION_PATH, AT(redis.sentinel_password_file), "", 0, 0,
     NULL,
     "The password for the Sentinels themselves is its first line. Empty: no password."},
    {"redis", "user", OPTION_TEXT, AT(redis.user), "", 0, 0, NULL,
     "The ACL user. Empty: the default user."},
    {"redis", "password_file", OPTION_PATH, AT(redis.password_file), "", 0, 0, NULL,
     "The password is its first line. Empty: no password."},
    {"redis", "database", OPTION_COUNT, AT(redis.database), "0", 0, 65535, NULL,
     "The number of the database. Channels know no numbers: where several scoreboards share a "
     "Redis, use instance."},
    {"redis", "deadline", OPTION_DURATION, AT(redis.deadline), "1s", 10, MINUTE, NULL,
     "For connecting, and for each call."},
    {"redis", "lease", OPTION_DURATION, AT(redis.lease), "15s", SECOND, HOUR, NULL,
     "One database at a time may use the names of an instance. Each look of its daemons renews its "
     "claim; another one may have them when nobody has done so for this long."},

    {"rebuild", "debounce", OPTION_DURATION, AT(debounce), "300ms", 10, MINUTE, NULL,
     "A rebuild starts once no event has come for this long, nor new boards from any node."},
    {"rebuild", "max_wait", OPTION_DURATION, AT(max_wait), "1s", 10, 5 * MINUTE, NULL,
     "It waits for quiet at most this long after the first event, however many follow. At least "
     "debounce."},
    {"rebuild", "pace", OPTION_COUNT, AT(pace), "4", 0, 1000, NULL,
     "After a rebuild that read PostgreSQL for t, the next one starts no sooner than this many "
     "times t later: with 4, rebuilds take at most a fifth of its time."},
    {"rebuild", "rest_max", OPTION_DURATION, AT(rest_max), "10s", 0, HOUR, NULL,
     "But no more than this later, however long it read, also in vain."},
    {"rebuild", "lock_ttl", OPTION_DURATION, AT(lock_ttl), "10s", 100, 10 * MINUTE, NULL,
     "How long a dead host can keep the others from rebuilding. A rebuild that takes longer is "
     "harmless."},
    {"rebuild", "poll_interval", OPTION_DURATION, AT(poll_interval), "500ms", 20, MINUTE, NULL,
     "How often each host looks into PostgreSQL and Redis for work that no event announced."},
    {"rebuild", "poll_interval_played", OPTION_DURATION, AT(poll_interval_played), "100ms", 20,
     MINUTE, NULL,
     "The same while a competition is played: for a minute after each change. At most "
     "poll_interval counts."},
    {"rebuild", "backoff_min", OPTION_DURATION, AT(backoff_min), "500ms", 10, MINUTE, NULL,
     "The wait after a failure. It doubles with each further one."},
    {"rebuild", "backoff_max", OPTION_DURATION, AT(backoff_max), "30s", 10, HOUR, NULL,
     "The longest wait after a failure. At least backoff_min."},
    {"rebuild", "periodic", OPTION_DURATION, AT(periodic), "1h", SECOND, 24 * HOUR, NULL,
     "Boards are rebuilt this often even when nothing says that they changed."},
    {"rebuild", "boards_max", OPTION_SIZE, AT(boards_max), "1G", KILO, 64 * GIGA, NULL,
     "A board that would be larger is not built; the rebuild fails and the old boards stay."},
    {"rebuild", "gzip_level", OPTION_COUNT, AT(gzip_level), "1", 1, 12, NULL,
     "Of compression: 1 is the fastest, 12 the smallest."},

    {"snapshot", "keep_age", OPTION_DURATION, AT(keep_age), "10s", SECOND, HOUR, NULL,
     "Superseded boards stay at least this long: a request may be opening them."},
    {"snapshot", "keep_bytes", OPTION_SIZE, AT(keep_bytes), "64M", 0, 1024 * GIGA, NULL,
     "They stay further while all superseded ones fit into this; those of the staff, in a freeze, by "
     "themselves."},
    {"snapshot", "keep_min", OPTION_COUNT, AT(keep_min), "2", 2, 1000, NULL,
     "At least this many revisions stay, the current one among them."},
    {"snapshot", "keep_max", OPTION_COUNT, AT(keep_max), "32", 2, 10000, NULL,
     "At most this many revisions stay, whatever their age. At least keep_min."},
    {"snapshot", "deltas", OPTION_COUNT, AT(deltas), "2", 0, DELTAS_MAX, NULL,
     "A viewer who has one of this many last revisions, and a browser that knows RFC 9842, is sent "
     "what differs instead of whole boards. The first takes the daemon a third of gzip's time, and "
     "memory for one more text of each board; further ones take little. 0: none."},

    {"stream", "max_clients", OPTION_COUNT, AT(max_clients), "28000", 1, 1000000, NULL,
     "Further clients are told to come again later. At most (0.9 * n - 1000) / 2, where n is the "
     "number of descriptors of the web server in front (server.max-fds of lighttpd), so that "
     "boards stay reachable."},
    {"stream", "max_per_address", OPTION_COUNT, AT(max_per_address), "2000", 1, 1000000, NULL,
     "Of these at most so many from one IPv4 address, or one IPv6 network of 64 bits: many enough for "
     "a hall behind one address, few enough that nobody can take all places alone. The address is "
     "the last one in X-Forwarded-For, where the web server in front puts it."},
    {"stream", "trusted_proxies", OPTION_TEXT, AT(trusted_proxies), "127.0.0.1 ::1", 0, 0, NULL,
     "Further proxies before that web server, as addresses and networks, like 10.0.0.0/8 "
     "2001:db8::/32: where one of these has asked, the address before it in X-Forwarded-For counts. "
     "They are no viewers themselves: who comes from nobody else is not counted."},
    {"stream", "heartbeat", OPTION_DURATION, AT(heartbeat), "15s", 50, 10 * MINUTE, NULL,
     "An idle stream gets a comment this often, so that no proxy takes it for dead."},
    {"stream", "retry", OPTION_DURATION, AT(retry), "2s", 50, 5 * MINUTE, NULL,
     "Clients that lose the stream come back after 1 to 2 times this, each after its own time."},
    {"stream", "stall_deadline", OPTION_DURATION, AT(stall_deadline), "60s", 100, HOUR, NULL,
     "A client that takes nothing for this long is closed."},
    {"stream", "lifetime", OPTION_DURATION, AT(lifetime), "1h", SECOND, 24 * HOUR, NULL,
     "A stream is ended after half to once this, each after its own time, and its client comes back "
     "at once: so a web server that was reloaded, or a host that is to be taken away, is left by all "
     "within this time and never by many at once. Looked at once in a heartbeat."},
    {"stream", "coalesce", OPTION_DURATION, AT(coalesce), "5ms", 0, SECOND, NULL,
     "Notices within this are one."},
    {"stream", "head_max", OPTION_SIZE, AT(head_max), "8K", 512, MEGA, NULL,
     "The largest head of a request."},
    {"stream", "head_deadline", OPTION_DURATION, AT(head_deadline), "10s", 50, 5 * MINUTE, NULL,
     "For the head of a request to be complete."},

    {"read", "handover", OPTION_CHOICE, AT(handover), "x-sendfile", 0, 0, handovers,
     "How a board's file reaches the browser: x-sendfile (lighttpd, Apache) and x-accel-redirect "
     "(nginx) let the web server send it; body sends it through the responder, which works "
     "everywhere and is three times slower."},
    {"read", "accel_prefix", OPTION_TEXT, AT(accel_prefix), "/.boards/", 1, 200, NULL,
     "With x-accel-redirect: nginx's internal location for the directory."},

    {"read", "staff_token_file", OPTION_PATH, AT(staff_token_file), "staff-tokens", 1, 0, NULL,
     "The bearer tokens of the staff, who see the boards unfrozen, and before they are shown: as "
     "token_file of the events call, but a file of its own. The daemon reads it, too, and when it "
     "changes the staff's streams begin anew. scoreboardctl token --staff makes one. No file: "
     "nobody."},

    {"publish", "conninfo", OPTION_TEXT, AT(publish_conninfo),
     "dbname=scoreboard user=scoreboard_publisher", 0, 0, NULL,
     "A libpq connection string or URI, of the publisher's role."},
    {"publish", "token_file", OPTION_PATH, AT(token_file), "tokens", 1, 0, NULL,
     "The bearer tokens that are accepted, one a line; # starts a comment. scoreboardctl token "
     "makes one."},
    {"publish", "body_max", OPTION_SIZE, AT(body_max), "4K", 64, MEGA, NULL,
     "The largest body of a request."},
    {"publish", "redis_deadline", OPTION_DURATION, AT(publish_redis_deadline), "200ms",
     10, 10 * SECOND, NULL,
     "How long the answer may wait for Redis. The event is safe in PostgreSQL already; without the "
     "word on Redis it is found by the next poll."},
};
/* clang-format on */

const size_t option_count = sizeof options / sizeof *options;

const char *option_section_help(const char *section)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(sections[i].name, section) == 0)
            return sections[i].help;
    return "";
}

const struct option *option_find(const char *section, const char *key)
{
    for (size_t i = 0; i < option_count; i++)
        if (strcmp(options[i].section, section) == 0 && strcmp(options[i].key, key) == 0)
            return &options[i];
    return NULL;
}

/* --- Amounts: a number and a unit, as in 250ms, 64M or 4 -------------------------------------- */

struct unit {
    const char *name;
    int64_t worth;
};

/* From the largest to the one that is worth 1. */
static const struct unit durations[] = {{"h", HOUR}, {"m", MINUTE}, {"s", SECOND}, {"ms", 1}};
static const struct unit sizes[] = {{"G", GIGA}, {"M", MEGA}, {"K", KILO}, {"", 1}};
static const struct unit counts[] = {{"", 1}};

static const struct {
    const char *noun;
    const struct unit *units;
    size_t unit_count;
} amounts[] = {
    [OPTION_COUNT] = {"a number", counts, sizeof counts / sizeof *counts},
    [OPTION_DURATION] = {"a duration", durations, sizeof durations / sizeof *durations},
    [OPTION_SIZE] = {"a size", sizes, sizeof sizes / sizeof *sizes},
};

static bool amount_parse(enum option_kind kind, const char *text, int64_t *value)
{
    char *end;
    long long number;

    if (*text < '0' || *text > '9') /* strtoll would take blanks and signs */
        return false;
    number = strtoll(text, &end, 10); /* too large a one becomes LLONG_MAX: beyond all bounds */
    for (size_t i = 0; i < amounts[kind].unit_count; i++) {
        const struct unit *unit = &amounts[kind].units[i];

        if (strcmp(end, unit->name) == 0)
            return !__builtin_mul_overflow(number, unit->worth, value);
    }
    return false;
}

/* Writes the amount with the largest unit that divides it. */
static void amount_format(enum option_kind kind, int64_t value, char out[32])
{
    const struct unit *unit = amounts[kind].units;

    while (unit->worth > 1 && (value == 0 || value % unit->worth != 0))
        unit++;
    snprintf(out, 32, "%" PRId64 "%s", value / unit->worth, unit->name);
}

/* --- Values ----------------------------------------------------------------------------------- */

static bool choice_parse(const struct option *option, const char *text, int64_t *value)
{
    for (int64_t i = 0; option->words[i]; i++) {
        if (strcmp(option->words[i], text) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

static bool in_bounds(const struct option *option, int64_t value)
{
    return value >= option->min && value <= option->max;
}

int option_parse(const struct option *option, const char *text, int64_t *value, struct err *err)
{
    char allowed[200];
    int64_t parsed;
    bool ok;

    if (option->kind == OPTION_CHOICE)
        ok = choice_parse(option, text, &parsed);
    else
        ok = amount_parse(option->kind, text, &parsed) && in_bounds(option, parsed);
    if (!ok) {
        option_describe(option, allowed, sizeof allowed);
        return err_set(err, "must be %s, not \"%.60s\"", allowed, text);
    }
    *value = parsed;
    return 0;
}

static void describe_words(const struct option *option, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; option->words[i] && used < size; i++) {
        const char *before = i == 0 ? "" : option->words[i + 1] ? ", " : " or ";

        used += (size_t)snprintf(out + used, size - used, "%s%s", before, option->words[i]);
    }
}

void option_describe(const struct option *option, char *out, size_t size)
{
    char min[32], max[32];

    if (option->kind == OPTION_CHOICE) {
        describe_words(option, out, size);
        return;
    }
    amount_format(option->kind, option->min, min);
    amount_format(option->kind, option->max, max);
    snprintf(out, size, "%s from %s to %s", amounts[option->kind].noun, min, max);
}
