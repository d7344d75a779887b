#include "lib/config.h"

#include "lib/option.h"
#include "tests/unit/scratch.h"

static void load(struct config *config, const char *text)
{
    const char *path = scratch_write("scoreboardd.conf", text);
    struct err err;

    if (config_load(config, path, &err) < 0)
        fail_msg("%s", err.text);
}

/* The error's text with the scratch directory's name cut off. */
static void assert_refused(const char *text, const char *expected)
{
    const char *path = scratch_write("scoreboardd.conf", text);
    struct config config;
    struct err err;

    if (config_load(&config, path, &err) == 0)
        fail_msg("accepted: %s", text);
    assert_memory_equal(err.text, scratch_dir, strlen(scratch_dir));
    assert_string_equal(err.text + strlen(scratch_dir) + 1, expected);
    assert_null(config.conninfo); /* released */
}

static void without_a_file_there_are_defaults(void **state)
{
    struct config config;
    struct err err;

    (void)state;
    assert_int_equal(config_load(&config, NULL, &err), 0);
    assert_string_equal(config.instance, "");
    assert_string_equal(config.directory, "/run/scoreboardd");
    assert_string_equal(config.conninfo, "dbname=scoreboard user=scoreboard_daemon");
    assert_string_equal(config.publish_conninfo, "dbname=scoreboard user=scoreboard_publisher");
    assert_string_equal(config.token_file, SYSCONFDIR "/scoreboardd/tokens");
    assert_string_equal(config.redis.host, "127.0.0.1");
    assert_int_equal(config.redis.port, 6379);
    assert_int_equal(config.log_level, LOG_LEVEL_INFO);
    assert_int_equal(config.debounce, 300);
    assert_int_equal(config.max_wait, 1000);
    assert_int_equal(config.periodic, 3600000);
    assert_int_equal(config.boards_max, 1 << 30);
    assert_int_equal(config.keep_bytes, 64 << 20);
    assert_int_equal(config.handover, HANDOVER_X_SENDFILE);
    config_release(&config);
    config_release(&config);
}

static void an_empty_file_changes_nothing(void **state)
{
    struct config config;

    (void)state;
    load(&config, "");
    assert_int_equal(config.debounce, 300);
    config_release(&config);
}

static void values_of_every_kind_are_read(void **state)
{
    struct config config;

    (void)state;
    load(&config, "\xef\xbb\xbf# a comment\n; another\n\n"
                  "[scoreboard]\ninstance=finals_2026\nlog_level = warn\r\n"
                  "[rebuild]\n  debounce = 250ms\n\tmax_wait=2m\nboards_max = 512K\npace = 0\n"
                  "[postgres]\nconninfo = host=db port=5433 password='a;b # c' dbname=x\n"
                  "[read]\nhandover = body\n"
                  "[publish]\nconninfo = service=publisher\nredis_deadline: 1s");
    assert_string_equal(config.instance, "finals_2026");
    assert_int_equal(config.log_level, LOG_LEVEL_WARN);
    assert_int_equal(config.debounce, 250);
    assert_int_equal(config.max_wait, 120000);
    assert_int_equal(config.boards_max, 512 << 10);
    assert_int_equal(config.pace, 0);
    assert_string_equal(config.conninfo, "host=db port=5433 password='a;b # c' dbname=x");
    assert_int_equal(config.handover, HANDOVER_BODY);
    assert_string_equal(config.publish_conninfo, "service=publisher");
    assert_int_equal(config.publish_redis_deadline, 1000);
    config_release(&config);
}

static void paths_are_relative_to_the_file(void **state)
{
    struct config config;

    (void)state;
    load(&config, "[scoreboard]\ndirectory = boards/here\nsocket = /run/s.sock\n"
                  "[redis]\npassword_file = secret\n");
    assert_string_equal(config.directory, scratch_path("boards/here"));
    assert_string_equal(config.socket, "/run/s.sock");
    assert_string_equal(config.redis.password_file, scratch_path("secret"));
    assert_string_equal(config.redis.socket, ""); /* not set is not the folder */
    assert_string_equal(config.token_file, scratch_path("tokens"));
    config_release(&config);
}

static void a_relative_file_name_gives_absolute_paths(void **state)
{
    struct config config;
    char *before = getcwd(NULL, 0);
    struct err err;

    (void)state;
    scratch_write("scoreboardd.conf", "[scoreboard]\nsocket = s.sock\n");
    assert_int_equal(chdir(scratch_dir), 0);
    assert_int_equal(config_load(&config, "scoreboardd.conf", &err), 0);
    assert_int_equal(chdir(before), 0);
    assert_string_equal(config.socket, scratch_path("s.sock"));
    config_release(&config);
    free(before);
}

static void errors_name_file_line_and_key(void **state)
{
    (void)state;
    assert_refused("[rebuild]\n\ndebounce = soon\n",
                   "scoreboardd.conf:3: [rebuild] debounce: must be a duration from 10ms to 1m, "
                   "not \"soon\"");
    assert_refused("[rebuild]\nboards_max = 0\n",
                   "scoreboardd.conf:2: [rebuild] boards_max: must be a size from 1K to 64G, "
                   "not \"0\"");
    assert_refused("[redis]\nport = 65536\n",
                   "scoreboardd.conf:2: [redis] port: must be a number from 1 to 65535, "
                   "not \"65536\"");
    assert_refused("[read]\nhandover = sendfile\n",
                   "scoreboardd.conf:2: [read] handover: must be x-sendfile, x-accel-redirect or "
                   "body, not \"sendfile\"");
    assert_refused("[rebuild]\ndebounc = 1s\n",
                   "scoreboardd.conf:2: [rebuild] debounc: no such key");
    assert_refused("[rebuid]\ndebounce = 1s\n",
                   "scoreboardd.conf:2: [rebuid] debounce: no such key");
    assert_refused("debounce = 1s\n", "scoreboardd.conf:1: [] debounce: no such key");
    assert_refused("[rebuild]\ndebounce = 1s\n[rebuild]\ndebounce = 1s\n",
                   "scoreboardd.conf:4: [rebuild] debounce: set twice");
    assert_refused("[rebuild]\ndebounce 1s\n",
                   "scoreboardd.conf:2: neither a [section], a key = value nor a # comment");
    assert_refused("[rebuild\ndebounce = 1s\n",
                   "scoreboardd.conf:1: neither a [section], a key = value nor a # comment");
}

static void the_first_error_is_the_one_that_is_told(void **state)
{
    (void)state;
    assert_refused(
        "[rebuild]\npace = x\ndebounce = y\nz\n",
        "scoreboardd.conf:2: [rebuild] pace: must be a number from 0 to 1000, not \"x\"");
}

static void amounts_are_exact(void **state)
{
    static const char *const bad[] = {
        "300",
        "",
        "ms",
        "-1s",
        "+1s",
        " ",
        "1.5s",
        "1 s",
        "1S",
        "1sec",
        "1s2",
        "0x10ms",
        "9ms",
        "61s",
        "9223372036854775807h",
        "99999999999999999999ms",
        "1s ; comment",
        "1s # comment",
    };
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct config config;
        struct err err;

        snprintf(text, sizeof text, "[rebuild]\ndebounce = %s\n", bad[i]);
        if (config_load(&config, scratch_write("scoreboardd.conf", text), &err) == 0)
            fail_msg("accepted: \"%s\"", bad[i]);
    }
}

static void a_long_line_is_read_whole_or_refused(void **state)
{
    char value[5000], text[5100];
    struct config config;

    (void)state;
    memset(value, 'v', sizeof value);
    snprintf(text, sizeof text, "[postgres]\nconninfo = %.4000s\n", value);
    load(&config, text);
    assert_int_equal(strlen(config.conninfo), 4000);
    config_release(&config);
    snprintf(text, sizeof text, "[postgres]\nconninfo = %.5000s\n", value);
    assert_refused(text, "scoreboardd.conf: line 2 has more than 4094 bytes, or a NUL");
}

static void a_nul_does_not_hide_the_rest(void **state)
{
    static const char text[] = "[rebuild]\ndebounce = 1s\0 and\npace = 7\n";
    const char *path = scratch_write_bytes("scoreboardd.conf", text, sizeof text - 1);
    struct config config;
    struct err err;

    (void)state;
    assert_int_equal(config_load(&config, path, &err), -1);
    assert_non_null(strstr(err.text, "line 2 has more than 4094 bytes, or a NUL"));
}

static void what_is_no_file_is_named(void **state)
{
    struct config config;
    struct err err;

    (void)state;
    assert_int_equal(config_load(&config, scratch_dir, &err), -1);
    assert_non_null(strstr(err.text, scratch_dir));
    assert_non_null(strstr(err.text, "Is a directory"));
    assert_int_equal(config_load(&config, scratch_path("nowhere"), &err), -1);
    assert_non_null(strstr(err.text, "nowhere: No such file or directory"));
}

static void keys_that_belong_together_are_checked_together(void **state)
{
    (void)state;
    assert_refused("[rebuild]\ndebounce = 2s\n",
                   "scoreboardd.conf: [rebuild] max_wait: must be at least debounce");
    assert_refused("[rebuild]\nbackoff_max = 100ms\n",
                   "scoreboardd.conf: [rebuild] backoff_max: must be at least backoff_min");
    assert_refused("[snapshot]\nkeep_min = 33\n",
                   "scoreboardd.conf: [snapshot] keep_max: must be at least keep_min");
}

static void what_is_no_network_is_no_trusted_proxy(void **state)
{
    (void)state;
    assert_refused("[stream]\ntrusted_proxies = 10.0.0.0/8 proxy\n",
                   "scoreboardd.conf: [stream] trusted_proxies: \"proxy\" is no address and no "
                   "network");
}

static void an_instance_is_a_safe_name(void **state)
{
    static const char *const bad[] = {"1x", "_x", "X", "x-y", "x y", "x\"", "x:", "caf\xc3\xa9"};
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct config config;
        struct err err;

        snprintf(text, sizeof text, "[scoreboard]\ninstance = %s\n", bad[i]);
        if (config_load(&config, scratch_write("scoreboardd.conf", text), &err) == 0)
            fail_msg("accepted: %s", bad[i]);
        assert_non_null(strstr(err.text, "[scoreboard] instance: must be lower case letters"));
    }
    assert_refused(
        "[scoreboard]\ninstance = a2345678901234567890123456789012\n",
        "scoreboardd.conf: [scoreboard] instance: must be at most 31 bytes long, not 32");
}

static void a_socket_path_fits_into_its_address(void **state)
{
    char text[300], name[108];
    struct config config;

    (void)state;
    memset(name, 's', sizeof name);
    snprintf(text, sizeof text, "[scoreboard]\nsocket = /%.106s\n", name);
    load(&config, text);
    config_release(&config);
    snprintf(text, sizeof text, "[scoreboard]\nsocket = /%.107s\n", name);
    assert_refused(text, "scoreboardd.conf: [scoreboard] socket: must be at most 107 bytes long, "
                         "not 108");
}

static void what_must_be_given_is_not_empty(void **state)
{
    (void)state;
    assert_refused("[scoreboard]\ndirectory =\n",
                   "scoreboardd.conf: [scoreboard] directory: must not be empty");
    assert_refused("[publish]\ntoken_file =\n",
                   "scoreboardd.conf: [publish] token_file: must not be empty");
}

static void the_environment_names_the_file(void **state)
{
    (void)state;
    unsetenv("SCOREBOARD_CONFIG");
    assert_string_equal(config_default_path(), SYSCONFDIR "/scoreboardd/scoreboardd.conf");
    setenv("SCOREBOARD_CONFIG", "", 1);
    assert_string_equal(config_default_path(), SYSCONFDIR "/scoreboardd/scoreboardd.conf");
    setenv("SCOREBOARD_CONFIG", "/x.conf", 1);
    assert_string_equal(config_default_path(), "/x.conf");
    unsetenv("SCOREBOARD_CONFIG");
}

static void names_carry_the_instance(void **state)
{
    struct names names;

    (void)state;
    names_init(&names, "");
    assert_string_equal(names.schema, "scoreboard");
    assert_string_equal(names.snapshot, "scoreboard:snapshot");
    assert_string_equal(names.lock, "leaderboard:rebuild:lock");
    assert_string_equal(names.events, "scoreboard.events");
    assert_string_equal(names.rebuilt, "scoreboard.rebuilt");
    assert_string_equal(names.heartbeat, "scoreboard.heartbeat.");
    names_init(&names, "x");
    assert_string_equal(names.schema, "scoreboard_x");
    assert_string_equal(names.snapshot, "x:scoreboard:snapshot");
    assert_string_equal(names.lock, "x:leaderboard:rebuild:lock");
    assert_string_equal(names.events, "x:scoreboard.events");
    assert_string_equal(names.rebuilt, "x:scoreboard.rebuilt");
    assert_string_equal(names.heartbeat, "x:scoreboard.heartbeat.");
}

/* --- The printed table ------------------------------------------------------------------------ */

static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    print(file);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* A file of the source tree; automake's harness says where that is. */
static char *source_file(const char *name)
{
    const char *top = getenv("srcdir");
    char path[PATH_MAX], *text = NULL;
    size_t size = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", top ? top : ".", name);
    file = fopen(path, "r");
    if (!file)
        fail_msg("%s: not found", path);
    assert_true(getdelim(&text, &size, '\0', file) > 0);
    fclose(file);
    return text;
}

static void the_shipped_file_and_manual_are_the_table(void **state)
{
    char *file = printed(config_print_file), *man = printed(config_print_man);
    char *shipped_file = source_file("etc/scoreboardd.conf");
    char *shipped_man = source_file("docs/scoreboardd.conf.5");

    (void)state;
    if (strcmp(file, shipped_file) != 0)
        fail_msg("etc/scoreboardd.conf is not what the table says: run `make config-docs`");
    if (!strstr(shipped_man, man))
        fail_msg("docs/scoreboardd.conf.5 is not what the table says: run `make config-docs`");
    free(file);
    free(man);
    free(shipped_file);
    free(shipped_man);
}

/* Uncommenting everything must give the defaults again: what is printed is what is parsed. */
static void the_printed_defaults_are_the_defaults(void **state)
{
    char *text = printed(config_print_file), *to = text;
    struct config config;

    (void)state;
    for (const char *from = text; *from; from++)
        if (!(from[0] == '#' && from[1] >= 'a' && from[1] <= 'z'))
            *to++ = *from;
    *to = '\0';
    load(&config, text);
    assert_int_equal(config.debounce, 300);
    assert_int_equal(config.head_max, 8192);
    assert_string_equal(config.accel_prefix, "/.boards/");
    config_release(&config);
    free(text);
}

static void every_key_is_documented(void **state)
{
    (void)state;
    for (size_t i = 0; i < option_count; i++) {
        const char *help = options[i].help;

        if (strlen(help) < 10 || help[strlen(help) - 1] != '.')
            fail_msg("[%s] %s has no help", options[i].section, options[i].key);
        assert_ptr_equal(option_find(options[i].section, options[i].key), &options[i]);
        assert_string_not_equal(option_section_help(options[i].section), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_there_are_defaults),
        cmocka_unit_test(an_empty_file_changes_nothing),
        cmocka_unit_test(values_of_every_kind_are_read),
        cmocka_unit_test(paths_are_relative_to_the_file),
        cmocka_unit_test(a_relative_file_name_gives_absolute_paths),
        cmocka_unit_test(errors_name_file_line_and_key),
        cmocka_unit_test(the_first_error_is_the_one_that_is_told),
        cmocka_unit_test(amounts_are_exact),
        cmocka_unit_test(a_long_line_is_read_whole_or_refused),
        cmocka_unit_test(a_nul_does_not_hide_the_rest),
        cmocka_unit_test(what_is_no_file_is_named),
        cmocka_unit_test(keys_that_belong_together_are_checked_together),
        cmocka_unit_test(what_is_no_network_is_no_trusted_proxy),
        cmocka_unit_test(an_instance_is_a_safe_name),
        cmocka_unit_test(a_socket_path_fits_into_its_address),
        cmocka_unit_test(what_must_be_given_is_not_empty),
        cmocka_unit_test(the_environment_names_the_file),
        cmocka_unit_test(names_carry_the_instance),
        cmocka_unit_test(the_shipped_file_and_manual_are_the_table),
        cmocka_unit_test(the_printed_defaults_are_the_defaults),
        cmocka_unit_test(every_key_is_documented),
    };

    return cmocka_run_group_tests_name("config", tests, scratch_make, scratch_remove);
}
