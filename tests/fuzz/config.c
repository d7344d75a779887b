/*
 * The configuration file. Input: the file; and each of its lines as the value of an option, which the
 * line's first byte chooses.
 */
#include "lib/config.h"

#include <limits.h>

#include "lib/buffer.h"
#include "lib/network.h"
#include "lib/option.h"
#include "tests/fuzz/fuzz.h"

static int64_t number_of(const struct config *config, const struct option *option)
{
    return *(const int64_t *)((const char *)config + option->offset);
}

static const char *text_of(const struct config *config, const struct option *option)
{
    return *(char *const *)((const char *)config + option->offset);
}

static int load(struct config *config, const char *name, struct err *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", fuzz_directory(), name);
    return config_load(config, path, err);
}

static void check_value(const struct config *config, const struct option *option)
{
    if (!option_is_text(option)) {
        CHECK(option->kind == OPTION_CHOICE || (number_of(config, option) >= option->min &&
                                                number_of(config, option) <= option->max));
        return;
    }
    CHECK(text_of(config, option));
    CHECK(!strchr(text_of(config, option), '\n'));
    CHECK(option->max == 0 || (int64_t)strlen(text_of(config, option)) <= option->max);
    if (option->kind == OPTION_PATH)
        CHECK(*text_of(config, option) == '\0' || *text_of(config, option) == '/');
}

static void check_names(const struct config *config)
{
    struct names names;

    names_init(&names, config->instance);
    CHECK(strspn(names.schema, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(names.schema));
    CHECK(strlen(names.schema) < 64); /* PostgreSQL cuts longer ones */
    CHECK(strstr(names.heartbeat, "scoreboard.heartbeat."));
}

static void print(struct buffer *file, const struct config *config, const struct option *option)
{
    static const char *const ends[] = {[OPTION_DURATION] = "ms", [OPTION_SIZE] = ""};

    buffer_printf(file, "[%s]\n%s = ", option->section, option->key);
    if (option_is_text(option))
        buffer_append_text(file, text_of(config, option));
    else if (option->kind == OPTION_CHOICE)
        buffer_append_text(file, option->words[number_of(config, option)]);
    else
        buffer_printf(file, "%lld%s", (long long)number_of(config, option),
                      option->kind == OPTION_COUNT ? "" : ends[option->kind]);
    buffer_append_char(file, '\n');
}

static bool same(const struct config *a, const struct config *b, const struct option *option)
{
    if (option_is_text(option))
        return strcmp(text_of(a, option), text_of(b, option)) == 0;
    return number_of(a, option) == number_of(b, option);
}

/* Written down whole, it says the same. */
static void check_written(const struct config *config)
{
    struct buffer file = {0};
    struct config again;
    struct err err = {""};

    for (size_t i = 0; i < option_count; i++)
        print(&file, config, &options[i]);
    CHECK(!buffer_failed(&file));
    fuzz_write("again.conf", file.data, file.len);
    if (load(&again, "again.conf", &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        CHECK(!"what was loaded is loaded again");
    }
    for (size_t i = 0; i < option_count; i++)
        CHECK(same(config, &again, &options[i]));
    config_release(&again);
    buffer_release(&file);
}

static void check_file(const uint8_t *data, size_t size)
{
    static const struct config released;
    struct config config;
    struct networks proxies;
    struct err err = {""};

    fuzz_write("scoreboardd.conf", data, size);
    if (load(&config, "scoreboardd.conf", &err) < 0) {
        CHECK(err.text[0] && memcmp(&config, &released, sizeof config) == 0);
        return;
    }
    for (size_t i = 0; i < option_count; i++)
        check_value(&config, &options[i]);
    CHECK(config.debounce <= config.max_wait && config.keep_min <= config.keep_max);
    CHECK(networks_parse(&proxies, config.trusted_proxies, &err) == 0);
    check_names(&config);
    check_written(&config);
    config_release(&config);
}

static void check_option(char *line)
{
    const struct option *option = &options[(uint8_t)line[0] % option_count];
    struct err err = {""};
    int64_t value = -77;

    if (line[0] == '\0' || option_is_text(option))
        return;
    if (option_parse(option, line + 1, &value, &err) < 0)
        CHECK(value == -77 && err.text[0]);
    else
        CHECK(value >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);

    check_file(data, size);
    while (input_left(&in) > 0) {
        char *line = input_line(&in);

        check_option(line);
        free(line);
    }
    return 0;
}
