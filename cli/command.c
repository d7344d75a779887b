#include "cli/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "lib/log.h"

/* getopt's answers for the options that have no letter of their own: FIRST + the option's index. */
#define OPTION_FIRST 1000

/* "--conninfo CONNINFO", or "--quiet". */
static const char *option_form(const struct command_option *option, char out[64])
{
    snprintf(out, 64, "--%s%s%s", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    return out;
}

static void print_command_usage(const struct command_line *line)
{
    const struct command *command = line->command;
    char form[64];

    printf("Usage: %s [-c FILE]%s%s", line->program, line->alone ? "" : " ",
           line->alone ? "" : command->name);
    for (const struct command_option *o = command->options; o->name; o++)
        printf(" [%s]", option_form(o, form));
    printf("%s%s\n\n%s.\n\n", command->argument ? " " : "",
           command->argument ? command->argument : "", command->help);
    for (const struct command_option *o = command->options; o->name; o++) {
        printf("  %-22s %s", option_form(o, form), o->help);
        if (o->fallback && *o->fallback)
            printf(" (%s)", o->fallback);
        putchar('\n');
    }
}

_Noreturn void command_exit_usage(const struct command_line *line)
{
    fprintf(stderr, "Try: %s --help\n", line->program);
    exit(EX_USAGE);
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

/* What is left after the options. */
static void take_argument(struct command_line *line, int argc, char **argv)
{
    const struct command *command = line->command;

    if (command->argument && optind == argc) {
        fprintf(stderr, "%s: %s needs %s\n", line->program, command->name, command->argument);
        command_exit_usage(line);
    }
    line->argument = command->argument ? argv[optind++] : NULL;
    if (optind < argc) {
        fprintf(stderr, "%s: %s takes no argument \"%s\"\n", line->program, command->name,
                argv[optind]);
        command_exit_usage(line);
    }
}

void command_parse_options(struct command_line *line, int argc, char **argv)
{
    struct option table[4 + COMMAND_OPTIONS_MAX + 1];
    int answer;

    for (int i = 0; line->command && line->command->options[i].name; i++)
        line->values[i] = line->command->options[i].fallback;
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
                print_command_usage(line);
            else
                line->print_usage(stdout);
            exit(EXIT_SUCCESS);
        case 'V':
            printf("%s " PACKAGE_VERSION "\n", line->program);
            exit(EXIT_SUCCESS);
        case '?':
            command_exit_usage(line);
        default:
            line->values[answer - OPTION_FIRST] = optarg ? optarg : "";
        }
    }
    if (line->command)
        take_argument(line, argc, argv);
}

static int run_with(const struct command_line *line, const struct config *config)
{
    struct names names;
    struct call call = {line->command, line->config_path, config, &names, {0}, line->argument};
    struct err err;
    int status;

    names_init(&names, config->instance);
    memcpy(call.values, line->values, sizeof call.values);
    status = line->command->run(&call, &err);
    if (status < 0) {
        fprintf(stderr, "%s%s%s: %s\n", line->program, line->alone ? "" : " ",
                line->alone ? "" : line->command->name, err.text);
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

/* A board in a file on a full disk is none: what was printed counts once it is out. */
static int finish_output(const struct command_line *line, int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "%s: the output is not whole: %s\n", line->program, strerror(errno));
    return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

int command_run(const struct command_line *line)
{
    struct config config;
    struct err err;
    int status;

    log_open(line->program, LOG_LEVEL_WARN);
    if (config_load(&config, line->config_path, &err)) {
        fprintf(stderr, "%s: %s\n", line->program, err.text);
        return EX_CONFIG;
    }
    status = line->check ? EXIT_SUCCESS : run_with(line, &config);
    config_release(&config);
    return finish_output(line, status);
}
