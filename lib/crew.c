#include "lib/crew.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

struct member {
    crew_work *work;
    void *task;
    int piece;
    int status;
    struct err err;
    pthread_t thread;
    bool started;
};

static void *work_thread(void *arg)
{
    struct member *m = arg;

    m->status = m->work(m->task, m->piece, &m->err);
    return NULL;
}

int crew_run(crew_work *work, void *task, int n, struct err *err)
{
    struct member members[CREW_MAX];
    int first_failed = n;

    assert(n <= CREW_MAX);
    for (int i = 0; i < n; i++) {
        struct member *m = &members[i];
        bool last = i == n - 1; /* the caller's own piece */

        *m = (struct member){.work = work, .task = task, .piece = i};
        m->started = !last && pthread_create(&m->thread, NULL, work_thread, m) == 0;
    }
    for (int i = 0; i < n; i++)
        if (!members[i].started)
            work_thread(&members[i]);
    for (int i = n - 1; i >= 0; i--) {
        if (members[i].started)
            pthread_join(members[i].thread, NULL);
        if (members[i].status < 0)
            first_failed = i;
    }
    if (first_failed == n)
        return 0;
    *err = members[first_failed].err;
    return -1;
}
