/*
 * status: is it live, and if not, where does the chain break?
 *
 *   facts_gather -> chain_judge -> print
 *
 * First one line with the answer; then the numbers; then every link of the chain, in the order in
 * which an event passes them. Exit status: 0 live, 1 late, 2 broken.
 */
#include "cli/command.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/chain.h"
#include "cli/facts.h"
#include "lib/timestamp.h"

enum { STATUS_JSON };

static int run_status(const struct call *call, struct err *err);

const struct command status_command = {
    .name = "status",
    .help = "say whether the scoreboard is live, and if not, which link of the chain breaks",
    .options = {[STATUS_JSON] = {"json", NULL, NULL, "for programs"}},
    .run = run_status,
};

/* --- For people ------------------------------------------------------------------------------- */

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void print_since(const struct check *check)
{
    char since[TIMESTAMP_MAX];

    if (check->since) {
        timestamp_format(since, check->since * 1000);
        printf(" (since %s)", since);
    }
}

static void print_answer(const struct check *fault)
{
    if (!fault) {
        puts("live");
        return;
    }
    printf("%s: %s: %s", verdict_names[fault->verdict], fault->name, fault->finding);
    print_since(fault);
    printf("\n  -> %s\n", fault->advice);
}

static void print_node(const struct daemon_facts *daemon)
{
    if (!daemon->answers)
        return;
    printf("revision %lld, %.1f s old%s%s; %lld stream clients\n", (long long)daemon->revision,
           seconds(daemon->age), daemon->dirty ? ", dirty" : "", daemon->behind ? ", behind" : "",
           (long long)daemon->clients);
}

static void print_postgres(const struct postgres_facts *postgres)
{
    if (!postgres->answers)
        return;
    printf("outbox %lld", (long long)postgres->outbox);
    if (postgres->outbox)
        printf(", the oldest %.1f s old", seconds(postgres->oldest));
    printf("; PostgreSQL's clock %+.3f s to this host's\n", seconds(postgres->clock_offset));
}

static void print_redis(const struct redis_facts *redis)
{
    if (!redis->answers)
        return;
    if (redis->lock[0])
        printf("lock held by %s, TTL %.1f s", redis->lock, seconds(redis->lock_ttl));
    else
        printf("lock free");
    printf("; Redis' clock %+.3f s to this host's\n", seconds(redis->clock_offset));
}

static void print_check(const struct check *check)
{
    printf("  %-8s %s", verdict_names[check->verdict], check->name);
    if (check->finding[0])
        printf(": %s", check->finding);
    print_since(check);
    putchar('\n');
    if (check->advice[0])
        printf("  %-8s -> %s\n", "", check->advice);
}

static void print_text(const struct facts *facts, const struct check *checks,
                       const struct check *fault)
{
    print_answer(fault);
    putchar('\n');
    print_node(&facts->daemon);
    print_postgres(&facts->postgres);
    print_redis(&facts->redis);
    putchar('\n');
    for (int i = 0; i < CHAIN_LENGTH; i++)
        print_check(&checks[i]);
}

/* --- For programs ----------------------------------------------------------------------------- */

/* What is not known is null. */
static void add_number(cJSON *json, const char *key, bool known, int64_t n)
{
    if (known)
        cJSON_AddNumberToObject(json, key, (double)n);
    else
        cJSON_AddNullToObject(json, key);
}

static cJSON *check_json(const struct check *check)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "name", check->name);
    cJSON_AddStringToObject(json, "verdict", verdict_names[check->verdict]);
    cJSON_AddStringToObject(json, "finding", check->finding);
    cJSON_AddStringToObject(json, "advice", check->advice);
    add_number(json, "since", check->since != 0, check->since);
    return json;
}

static void add_node(cJSON *json, const struct daemon_facts *daemon)
{
    add_number(json, "revision", daemon->answers, daemon->revision);
    add_number(json, "age_ms", daemon->answers, daemon->age);
    cJSON_AddBoolToObject(json, "dirty", daemon->dirty);
    cJSON_AddBoolToObject(json, "behind", daemon->behind);
    add_number(json, "clients", daemon->answers, daemon->clients);
}

static void add_cluster(cJSON *json, const struct postgres_facts *postgres,
                        const struct redis_facts *redis)
{
    cJSON *lock = redis->lock[0] ? cJSON_CreateObject() : cJSON_CreateNull();

    add_number(json, "outbox", postgres->answers, postgres->outbox);
    add_number(json, "outbox_oldest_ms", postgres->answers && postgres->outbox, postgres->oldest);
    if (redis->lock[0]) {
        cJSON_AddStringToObject(lock, "holder", redis->lock);
        add_number(lock, "ttl_ms", redis->lock_ttl >= 0, redis->lock_ttl);
    }
    cJSON_AddItemToObject(json, "lock", lock);
    add_number(json, "postgres_clock_ms", postgres->answers, postgres->clock_offset);
    add_number(json, "redis_clock_ms", redis->answers, redis->clock_offset);
}

static cJSON *status_json(const struct facts *facts, const struct check *checks,
                          const struct check *fault)
{
    cJSON *json = cJSON_CreateObject(), *links;

    cJSON_AddStringToObject(json, "status", fault ? verdict_names[fault->verdict] : "live");
    add_node(json, &facts->daemon);
    add_cluster(json, &facts->postgres, &facts->redis);
    cJSON_AddItemToObject(json, "fault", fault ? check_json(fault) : cJSON_CreateNull());
    links = cJSON_AddArrayToObject(json, "checks");
    for (int i = 0; i < CHAIN_LENGTH; i++)
        cJSON_AddItemToArray(links, check_json(&checks[i]));
    return json;
}

static int print_json(const struct facts *facts, const struct check *checks,
                      const struct check *fault, struct err *err)
{
    cJSON *json = status_json(facts, checks, fault);
    char *text = cJSON_Print(json);
    int result = text ? 0 : err_set(err, "out of memory");

    if (text)
        puts(text);
    free(text);
    cJSON_Delete(json);
    return result;
}

/* --- The command ------------------------------------------------------------------------------ */

static int run_status(const struct call *call, struct err *err)
{
    struct check checks[CHAIN_LENGTH];
    const struct check *fault;
    struct facts facts;

    facts_gather(&facts, call->config, call->names);
    chain_judge(&facts, checks);
    fault = chain_first_fault(checks);
    if (!call->values[STATUS_JSON])
        print_text(&facts, checks, fault);
    else if (print_json(&facts, checks, fault, err) < 0)
        return -1;
    if (!fault)
        return EXIT_SUCCESS;
    return fault->verdict == VERDICT_LATE ? 1 : 2;
}
