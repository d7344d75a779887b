/*
 * scoreboardctl: sets a scoreboard up, looks at it, and pushes it.
 *
 *   scoreboardctl [-c FILE] COMMAND [OPTIONS]
 *
 * This file is the command line and nothing else: it finds the command, reads the options by the
 * command's table, loads the config and calls the command's function. Each command lives in the
 * file named beside it below.
 *
 * Exit status: 0 done, 1 failed with a sentence on standard error, 64 a bad command line, 78 a bad
 * config (sysexits.h); `status` has more to say and uses 0, 1 and 2.
 */
#include "cli/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct command *const commands[] = {
    &migrate_command,  /* migrate.c */
    &detach_command,   /* migrate.c */
    &check_command,    /* check.c */
    &status_command,   /* status.c */
    &board_command,    /* board.c */
    &watch_command,    /* watch.c */
    &publish_command,  /* publish.c */
    &rebuild_command,  /* publish.c */
    &metrics_command,  /* metrics.c */
    &token_command,    /* token.c */
    &simulate_command, /* simulate.c */
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

/* getopt's answers for the options that have no letter of their own: FIRST + the option's index. */
#define OPTION_FIRST 1000

struct command_line {
    const char *config_path;
    bool check; /* -n: read the config and exit */
    const struct command *command;
    const char *values[COMMAND_OPTIONS_MAX];
};

static void print_usage(FILE *out)
{
    fputs("Usage: scoreboardctl [-c FILE] COMMAND [OPTIONS]\n\nCommands:\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->help);
    fprintf(out,
            "\nOptions:\n"
            "  -c, --config FILE  the config (now: %s)\n"
            "  -n, --check        check the config and exit\n"
            "  -h, --help         this text; after a command, the command's options\n"
            "  -V, --version      the version\n",
            config_default_path());
}

/* "--conninfo CONNINFO", or "--demo". */
static const char *option_form(const struct command_option *option, char out[64])
{
    snprintf(out, 64, "--%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    return out;
}

static void print_command_usage(const struct command *command)
{
    char form[64];

    printf("Usage: scoreboardctl [-c FILE] %s", command->name);
    for (const struct command_option *o = command->options; o->name; o++)
        printf(" [%s]", option_form(o, form));
    printf("\n\n%s.\n\n", command->help);
    for (const struct command_option *o = command->options; o->name; o++) {
        printf("  %-22s %s", option_form(o, form), o->help);
        if (o->fallback && *o->fallback)
            printf(" (%s)", o->fallback);
        putchar('\n');
    }
}

/* Ends the program: nothing has been done yet, and getopt has said what is wrong. */
static _Noreturn void exit_usage(void)
{
    fputs("Try: scoreboardctl --help\n", stderr);
    exit(EX_USAGE);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    fprintf(stderr, "scoreboardctl: there is no command \"%s\"\n", name);
    exit_usage();
}

/* The options that every command has, then those of `command` (NULL: none). `table` has room. */
static void fill_table(struct option *table, const struct command *command)
{
    static const struct option common[] = {
        {"config", required_argument, NULL, 'c'},
        {"check", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
    };
    size_t n = sizeof common / sizeof common[0];

    memcpy(table, common, sizeof common);
    for (int i = 0; command && command->options[i].name; i++) {
        const struct command_option *o = &command->options[i];
        table[n++] = (struct option){o->name, o->argument ? required_argument : no_argument, NULL,
                                     OPTION_FIRST + i};
    }
    table[n] = (struct option){0};
}

/* Reads options up to the first argument that is none; optind is then its index. */
static void parse_options(struct command_line *line, int argc, char **argv)
{
    struct option table[4 + COMMAND_OPTIONS_MAX + 1];
    int answer;

    fill_table(table, line->command);
    while ((answer = getopt_long(argc, argv, "+c:nhV", table, NULL)) != -1) {
        switch (answer) {
        case 'c':
            line->config_path = optarg;
            break;
        case 'n':
            line->check = true;
            break;
        case 'h':
            if (line->command)
                print_command_usage(line->command);
            else
                print_usage(stdout);
            exit(EXIT_SUCCESS);
        case 'V':
            puts("scoreboardctl " PACKAGE_VERSION);
            exit(EXIT_SUCCESS);
        case '?':
            exit_usage();
        default:
            line->values[answer - OPTION_FIRST] = optarg ? optarg : "";
        }
    }
}

static void parse_command_line(struct command_line *line, int argc, char **argv)
{
    *line = (struct command_line){.config_path = config_default_path()};
    parse_options(line, argc, argv);
    if (optind == argc) {
        if (line->check)
            return;
        print_usage(stderr);
        exit(EX_USAGE);
    }
    line->command = find_command(argv[optind++]);
    for (int i = 0; line->command->options[i].name; i++)
        line->values[i] = line->command->options[i].fallback;
    parse_options(line, argc, argv);
    if (optind < argc) {
        fprintf(stderr, "scoreboardctl: %s takes no argument \"%s\"\n", line->command->name,
                argv[optind]);
        exit_usage();
    }
}

static int run(const struct command_line *line, const struct config *config)
{
    struct names names;
    struct call call = {line->command, line->config_path, config, &names, {0}};
    struct err err;
    int status;

    names_init(&names, config->instance);
    memcpy(call.values, line->values, sizeof call.values);
    status = line->command->run(&call, &err);
    if (status < 0) {
        fprintf(stderr, "scoreboardctl %s: %s\n", line->command->name, err.text);
        return EXIT_FAILURE;
    }
    return status;
}

int call_number(const struct call *call, int option, int64_t min, int64_t max, int64_t *number,
                struct err *err)
{
    const char *text = call->values[option];
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max)
        return err_set(err, "--%s \"%s\" is not a whole number from %lld to %lld",
                       call->command->options[option].name, text, (long long)min, (long long)max);
    *number = value;
    return 0;
}

int main(int argc, char **argv)
{
    struct command_line line;
    struct config config;
    struct err err;
    int status;

    parse_command_line(&line, argc, argv);
    log_open("scoreboardctl", LOG_LEVEL_WARN);
    if (config_load(&config, line.config_path, &err)) {
        fprintf(stderr, "scoreboardctl: %s\n", err.text);
        return EX_CONFIG;
    }
    status = line.check ? EXIT_SUCCESS : run(&line, &config);
    config_release(&config);
    return status;
}
