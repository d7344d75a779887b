#include "daemon/failpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef FAILPOINTS

#define WORD_MAX 32

/* What the file at `path` wants to be done at `step`; false: nothing. */
static bool armed(const char *path, const char *step, char deed[WORD_MAX])
{
    char wanted[WORD_MAX];
    FILE *file = fopen(path, "re");
    int words;

    if (!file)
        return false;
    words = fscanf(file, "%31s %31s", wanted, deed);
    fclose(file);
    return words == 2 && strcmp(wanted, step) == 0;
}

bool failpoint(const char *step, struct err *err)
{
    const char *path = getenv("SCOREBOARD_FAILPOINT");
    char deed[WORD_MAX];

    if (!path || !armed(path, step, deed))
        return false;
    if (unlink(path) < 0)
        return false; /* another program was faster */
    if (strcmp(deed, "kill") == 0)
        raise(SIGKILL);
    if (strcmp(deed, "stop") == 0)
        raise(SIGSTOP);
    if (strcmp(deed, "fail") != 0)
        return false; /* stopped, and set going again */
    err_set(err, "fail point \"%s\"", step);
    return true;
}

#endif
