#include "tests/faults/responder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"

static const struct asking *asking;
static char config_path[PATH_MAX], body_path[PATH_MAX], answer_path[PATH_MAX];

/* Past libc, so that it does not fail. */
static void redirect(int fd, const char *path, int flags)
{
    long opened = syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);

    if (opened < 0 || dup2((int)opened, fd) < 0)
        _exit(EXIT_FAILURE);
    syscall(SYS_close, opened);
}

/* As a web server does it. The process is another for each request. */
static void ask(void)
{
    char *argv[] = {(char *)(uintptr_t) "responder", NULL};
    int status;

    redirect(STDIN_FILENO, body_path, O_RDONLY);
    redirect(STDOUT_FILENO, answer_path, O_WRONLY | O_CREAT | O_TRUNC);
    status = responder_main(1, argv);
    EXPECT(status == EXIT_SUCCESS || status == EXIT_FAILURE, "status %d", status);
}

static void read_answer(struct buffer *answer)
{
    struct err err;

    EXPECT(file_read(answer, answer_path, &err) == 0, "%s: %s", answer_path, err.text);
    buffer_append_char(answer, '\0');
}

static void prepare(void)
{
    if (asking->prepare)
        asking->prepare();
}

/* The answer that was given while something failed is there still. */
static void check(void)
{
    struct buffer answer = {0};
    int status;
    pid_t child;

    read_answer(&answer);
    asking->judge(&answer);
    prepare();
    child = fork();
    if (child == 0) {
        ask();
        exit(EXIT_SUCCESS);
    }
    EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
           "without any fault it ends with %d", status);
    read_answer(&answer);
    asking->expect(&answer);
    buffer_release(&answer);
}

static void set_variables(void)
{
    setenv("SCOREBOARD_CONFIG", config_path, 1);
    for (int i = 0; i < 8 && asking->variables[i][0]; i++)
        setenv(asking->variables[i][0], asking->variables[i][1], 1);
}

static void write_body(void)
{
    FILE *file = fopen(body_path, "w");

    EXPECT(file, "%s: %s", body_path, strerror(errno));
    if (asking->body)
        fputs(asking->body, file);
    fclose(file);
}

void responder_try(const struct asking *what, const char *config, const char *directory, int argc,
                   char **argv)
{
    const struct work work = {what->name, prepare, ask, check};

    asking = what;
    snprintf(config_path, sizeof config_path, "%s", config);
    snprintf(body_path, sizeof body_path, "%s/body", directory);
    snprintf(answer_path, sizeof answer_path, "%s/answer", directory);
    set_variables();
    write_body();
    faults_try(&work, argc, argv);
}
