/*
 * replay: main() of a fuzz target without a fuzzer: hands it the files that it is called with, or else
 * those of its corpus, as a test that speaks TAP.
 */
#include <dirent.h>
#include <libgen.h>
#include <limits.h>

#include "lib/file.h"
#include "tests/fuzz/fuzz.h"

static void replay(const char *path)
{
    struct buffer bytes = {0};
    struct err err;
    uint8_t *exact;

    if (file_read(&bytes, path, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        exit(EXIT_FAILURE);
    }
    fprintf(stderr, "%s\n", path); /* the last one is the one that breaks something */
    exact = malloc(bytes.len > 0 ? bytes.len : 1);
    CHECK(exact);
    if (bytes.len > 0)
        memcpy(exact, bytes.data, bytes.len);
    LLVMFuzzerTestOneInput(exact, bytes.len);
    free(exact);
    buffer_release(&bytes);
}

static int replay_directory(const char *directory)
{
    struct dirent **entries;
    char path[PATH_MAX];
    int n = scandir(directory, &entries, NULL, alphasort), replayed = 0;

    for (int i = 0; i < n; i++) {
        int len = snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);

        if (entries[i]->d_name[0] != '.' && len < (int)sizeof path) {
            replay(path);
            replayed++;
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir"), *target = basename(argv[0]);
    char directory[PATH_MAX];
    int replayed;

    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    if (argc > 1)
        return EXIT_SUCCESS;
    snprintf(directory, sizeof directory, "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", target);
    replayed = replay_directory(directory);
    printf("1..1\n%s 1 - %s keeps its promises for %d inputs\n", replayed > 0 ? "ok" : "not ok",
           target, replayed);
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
