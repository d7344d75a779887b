#include "tests/faults/command.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/faults.h"

int command_call(const struct command *what, const char *config_path, int argc, char **argv)
{
    struct command_line line = {
        .program = "scoreboardctl", .config_path = config_path, .command = what};

    optind = 0; /* anew */
    command_parse_options(&line, argc, argv);
    return command_run(&line);
}

void command_succeed(const struct command *what, const char *config_path, int argc, char **argv)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        exit(command_call(what, config_path, argc, argv));
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
           "without any fault %s ends with %d", what->name, status);
}
