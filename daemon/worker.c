#include "daemon/worker.h"

#include <pthread.h>
#include <stdlib.h>

#include "daemon/thread.h"

/* How often an idle worker looks for revisions that have become too old. */
#define PRUNE_INTERVAL_MS 1000

struct job {
    enum work work;
    struct doubt doubt;
    struct observation seen;
};

struct worker {
    struct rebuilder *rebuilder;
    struct materialiser *materialiser;
    struct mailbox jobs; /* struct job; closed: the thread shall end */
    struct mailbox *reports;
    pthread_t thread;
};

static void work(struct worker *w, const struct job *job)
{
    struct report report = {.work = job->work};

    if (job->work == WORK_FETCH)
        rebuilder_fetch(w->rebuilder, &job->seen, &report.fetch);
    else
        rebuilder_rebuild(w->rebuilder, &job->doubt, &report.rebuild);
    mailbox_post(w->reports, &report);
}

static void *worker_thread(void *arg)
{
    struct worker *w = arg;
    struct job job;

    while (mailbox_wait(&w->jobs, PRUNE_INTERVAL_MS)) {
        if (mailbox_take(&w->jobs, &job))
            work(w, &job);
        rebuilder_settle(w->rebuilder);
        materialiser_prune(w->materialiser);
    }
    return NULL;
}

static void worker_free(struct worker *w)
{
    mailbox_release(&w->jobs);
    rebuilder_free(w->rebuilder);
    materialiser_close(w->materialiser);
    free(w);
}

struct worker *worker_start(const struct config *config, const struct names *names,
                            struct materialiser *materialiser, struct mailbox *reports,
                            struct err *err)
{
    struct worker *w = calloc(1, sizeof *w);

    if (!w) {
        materialiser_close(materialiser);
        err_set(err, "worker: out of memory");
        return NULL;
    }
    w->materialiser = materialiser;
    w->reports = reports;
    w->rebuilder = rebuilder_new(config, names, materialiser, err);
    if (!w->rebuilder || mailbox_init(&w->jobs, sizeof(struct job), NULL, err) < 0 ||
        thread_start(&w->thread, worker_thread, w, "worker", err) < 0) {
        worker_free(w);
        return NULL;
    }
    return w;
}

void worker_do(struct worker *w, enum work work, const struct doubt *doubt,
               const struct observation *seen)
{
    mailbox_post(&w->jobs, &(struct job){.work = work, .doubt = *doubt, .seen = *seen});
}

int worker_stop(struct worker *w, int64_t patience_ms)
{
    if (!w)
        return 0;
    mailbox_close(&w->jobs);
    if (thread_join(w->thread, patience_ms) < 0)
        return -1;
    worker_free(w);
    return 0;
}
