/*
 * scoreboardctl: sets a scoreboard up, looks at it, and pushes it.
 *
 *   scoreboardctl [-c FILE] COMMAND [OPTIONS]
 *
 * This file finds the command, and command.c does the rest: it reads the options by the command's
 * table, loads the config and calls the command's function. Each command lives in the file named
 * beside it below.
 *
 * Exit status: 0 done, 1 failed with a sentence on standard error, 64 a bad command line, 78 a bad
 * config (sysexits.h); `status` has more to say and uses 0, 1 and 2.
 */
#include "cli/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct command *const commands[] = {
    &migrate_command,     /* migrate.c */
    &detach_command,      /* migrate.c */
    &competition_command, /* competition.c */
    &check_command,       /* check.c */
    &status_command,      /* status.c */
    &board_command,       /* board.c */
    &export_command,      /* export.c */
    &watch_command,       /* watch.c */
    &publish_command,     /* publish.c */
    &rebuild_command,     /* publish.c */
    &metrics_command,     /* metrics.c */
    &token_command,       /* token.c */
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_usage(FILE *out)
{
    fputs("Usage: scoreboardctl [-c FILE] COMMAND [OPTIONS]\n\nCommands:\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->help);
    fprintf(out,
            "\nOptions:\n"
            "  -c, --config FILE  the config (now: %s)\n"
            "  -n, --check        check the config and exit\n"
            "  -h, --help         this text; after a command, the command's options\n"
            "  -V, --version      the version\n",
            config_default_path());
}

static const struct command *find_command(const struct command_line *line, const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    fprintf(stderr, "scoreboardctl: there is no command \"%s\"\n", name);
    command_exit_usage(line);
}

static void parse_command_line(struct command_line *line, int argc, char **argv)
{
    *line = (struct command_line){
        .program = "scoreboardctl",
        .print_usage = print_usage,
        .config_path = config_default_path(),
    };
    command_parse_options(line, argc, argv);
    if (optind == argc) {
        if (line->check)
            return;
        print_usage(stderr);
        exit(EX_USAGE);
    }
    line->command = find_command(line, argv[optind++]);
    command_parse_options(line, argc, argv);
}

int main(int argc, char **argv)
{
    struct command_line line;

    parse_command_line(&line, argc, argv);
    return command_run(&line);
}
