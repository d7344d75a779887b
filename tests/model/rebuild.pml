/*
 * rebuild.pml: the rebuild of two nodes, with everything that may die on the way, for spin.
 *
 * Small integers stand for contents: `content` counts the commits that writers made, each with its outbox row (a bit
 * of `outbox`). A node reads, draws a revision, deletes the rows that it saw, stores, materialises and announces. The
 * environment crashes nodes, stalls the holder past its lock, aborts stalled transactions, wipes Redis, fails it
 * over to a stale replica, fills it so that it takes no boards, or hides it from a node, which then works alone, or
 * restores our tables from before the first rebuild while no rebuild runs (the clock that revisions are drawn from in
 * earnest is left out), FAULTS times in all. Or that clock is far ahead, and what was drawn till then is garbage once
 * it is set right. Checked in every reachable state:
 *
 *   I2  neither revision nor content goes back, on a node nor by a store, but   (assert in MATERIALISE, STORE)
 *       in the place of garbage
 *   I3  a revision has one content, on whatever node                            (assert in MATERIALISE)
 *   I4  what a node announces it serves                                         (assert in ANNOUNCE)
 *   I1  when the faults have ended, every commit is on every node               (assert in Healed)
 *   I5  who finds nothing to do believes it: he is not dirty any more           (assert in LOOK_AGAIN)
 *
 * and that nobody waits for ever (spin's invalid end states). Each mutant below takes one protection away and must
 * make the check fail; tests/model/check runs them all. A stalled holder is any interleaving in which its lock has
 * expired: nothing in the model makes a node go on.
 *
 *   -DWIPE, -DFAILOVER, -DAWAY, -DRESTORE, -DAHEAD   a fault of Redis or PostgreSQL, besides those always on
 *   -DM_DELETE_ALL          delete outbox rows that the snapshot did not see
 *   -DM_NO_SERIALISATION    two overlapping rebuilds both commit (no SQLSTATE 40001)
 *   -DM_NO_COMPARE          Redis stores whatever comes last
 *   -DM_NO_FLOOR            the revision ignores what this node saw in Redis
 *   -DM_DIRTY_BY_OUTBOX     only the outbox makes dirty: not a Redis that lost or never got the newest
 *   -DM_ANNOUNCE_FIRST      tell the browsers before the files are there
 *   -DM_BACKWARDS           a node takes whatever Redis has, also older
 *   -DM_ADOPT_DIRTY         a node alone takes the last revision for its own although the outbox has rows
 *   -DM_STALE_BELIEF        a node that finds its garbage mended by another one still counts it as its own
 */
#define COMMITS   2
#ifdef AHEAD
#define FAULTS    1 /* besides the clock */
#else
#define FAULTS    2
#endif
#define REVISIONS 16

byte content;             /* PostgreSQL: commits so far */
byte outbox;              /* one bit for each commit that no rebuild has taken */
byte state_revision;      /* scoreboard.state.rev */
byte row_lock;            /* whose transaction holds the state row: node + 1 */
byte lock;                /* Redis: the rebuild lock's token: node + 1 */
byte stored_revision, stored_content;
byte replica_lock, replica_revision, replica_content;
byte node_revision[2], node_content[2], announced[2];
bool holds[2];            /* the node believes that the lock is its own */
bool away[2];             /* the node does not reach Redis */
byte content_of[REVISIONS]; /* what each revision was made of, one more; 0: nobody has it */
byte faults = FAULTS;
bit synced;               /* the replica was in step once, and then fell behind */

#define MAX(a, b) ((a) > (b) -> (a) : (b))

/* What is above FAR was drawn by a clock that was ahead, or above such a one: by one that is right it is no revision.
 * In the place of time, that goes on: no revision of either kind is drawn twice. */
#ifdef AHEAD
#define FAR 7
bit ahead = 1;
byte now; /* the last that was drawn by a right clock */
#define IS_GARBAGE(revision) (!ahead && (revision) > FAR)
#define REAL(revision)       (IS_GARBAGE(revision) -> 0 : (revision))
#define ABOVE(floor) \
    ((ahead || (floor) > FAR -> MAX(FAR, MAX(state_revision, floor)) : MAX(now, MAX(REAL(state_revision), floor))) + 1)
#define TICK(drawn)          if :: drawn <= FAR -> now = drawn :: else fi
#else
#define IS_GARBAGE(revision) false
#define REAL(revision)       (revision)
#define ABOVE(floor)         (MAX(state_revision, floor) + 1)
#define TICK(drawn)          skip
#endif
#define STATE  REAL(state_revision)
#define STORED REAL(stored_revision)

#define REDIS_DIFFERS(mine) (!away[me] && (STORED != STATE || (mine) > STORED || IS_GARBAGE(state_revision)))
#ifdef M_DIRTY_BY_OUTBOX
#define DIRTY_WITH(mine) (outbox != 0)
#else
#define DIRTY_WITH(mine) (outbox != 0 || REDIS_DIFFERS(mine))
#endif
#define DIRTY DIRTY_WITH(node_revision[me])

/* A rebuild forgets garbage of the node's own. Perhaps another one has mended it all: then it ends, as clean. */
#define FORGET_OWN node_revision[me] = 0; node_content[me] = 0
#ifdef M_STALE_BELIEF
#define FORGET_GARBAGE if :: DIRTY_WITH(0) -> FORGET_OWN :: else fi
#else
#define FORGET_GARBAGE FORGET_OWN
#endif
#define LOOK_AGAIN                                                     \
    if                                                                 \
    :: IS_GARBAGE(node_revision[me]) ->                                \
       FORGET_GARBAGE;                                                 \
       if :: !DIRTY_WITH(0) -> assert(!DIRTY); goto idle :: else fi    \
    :: else                                                            \
    fi

/* PostgreSQL's last revision is not in Redis; alone: not here. */
#define LACKING ((away[me] -> node_revision[me] : STORED) < STATE && node_revision[me] <= STATE)
#if defined M_ADOPT_DIRTY
#define MAY_ADOPT LACKING
#elif defined M_DIRTY_BY_OUTBOX
#define MAY_ADOPT (LACKING && away[me] && outbox == 0)
#else
#define MAY_ADOPT (LACKING && outbox == 0)
#endif

#define RELEASE if :: lock == me + 1 -> lock = 0 :: else fi; holds[me] = 0
#define FORGET  seen = 0; read = 0; floor = 0; sees = 0; mine = 0; alone = 0

/* SIGKILL: the process forgets, its disk does not; the server rolls its transaction back. */
#define MAY_DIE                                                                          \
    if                                                                                   \
    :: atomic { faults > 0 -> faults--; holds[me] = 0;                                   \
                if :: row_lock == me + 1 -> row_lock = 0 :: else fi; FORGET; goto idle } \
    :: skip                                                                              \
    fi

#define MATERIALISE(revision, boards)                        \
    if                                                       \
    :: NEWER(revision) ->                                    \
       assert(revision > node_revision[me] && boards >= node_content[me]); \
       ONE_CONTENT(revision, boards);                        \
       node_revision[me] = revision; node_content[me] = boards \
    :: else                                                  \
    fi
/* Restored tables may draw once more what a node has had; in earnest the clock is past it. */
#ifdef RESTORE
#define ONE_CONTENT(revision, boards) skip
#else
#define ONE_CONTENT(revision, boards)                                                 \
    assert(content_of[revision] == 0 || content_of[revision] == boards + 1 || IS_GARBAGE(revision)); \
    content_of[revision] = boards + 1
#endif
#ifdef M_BACKWARDS
#define NEWER(revision) (revision != node_revision[me])
#else
#define NEWER(revision) (revision > node_revision[me])
#endif

#define ANNOUNCE(revision)                                                        \
    if                                                                            \
    :: revision > announced[me] || IS_GARBAGE(announced[me]) -> announced[me] = revision \
    :: else                                                                       \
    fi;                                                                           \
    assert(node_revision[me] >= announced[me])

active [2] proctype Node()
{
    byte me = _pid;
    byte seen, read, floor, sees, mine;
    bool alone;

idle: skip;
end:
    do
    :: atomic { DIRTY && (away[me] || lock == 0) ->
                LOOK_AGAIN;
                if :: away[me] -> alone = 1 :: else -> lock = me + 1; holds[me] = 1 fi }

       atomic { seen = content; sees = outbox; read = state_revision;   /* the snapshot */
                if :: alone -> floor = node_revision[me]
                   :: else -> floor = MAX(STORED, node_revision[me]) fi };
       MAY_DIE;

       atomic { row_lock == 0 ->                                        /* UPDATE waits for the row */
                if
#ifndef M_NO_SERIALISATION
                :: state_revision != read -> RELEASE; FORGET; goto idle /* 40001 */
                :: state_revision == read -> row_lock = me + 1
#else
                :: row_lock = me + 1
#endif
                fi };
       MAY_DIE;

       atomic { if
                :: row_lock != me + 1 -> RELEASE; FORGET; goto idle     /* aborted while it stalled */
                :: else ->                                              /* DELETE, COMMIT */
#ifdef M_NO_FLOOR
                   mine = ABOVE(0);
#else
                   mine = ABOVE(floor);
#endif
                   TICK(mine);
                   state_revision = mine;
#ifdef M_DELETE_ALL
                   outbox = 0;
#else
                   outbox = outbox & (255 - sees);
#endif
                   row_lock = 0
                fi };
       MAY_DIE;                                                         /* or: COMMIT's result is unknown */

       if
       :: alone
       :: else ->
       atomic { if                                                      /* one Lua script */
                :: away[me]                                             /* in vain: this node serves them */
#ifdef AWAY
                :: faults > 0 -> faults--                               /* full: it takes looks, but no boards */
#endif
#ifdef M_NO_COMPARE
                :: true ->
#else
                :: mine > STORED ->
#endif
                   assert(mine > STORED && (seen >= stored_content || IS_GARBAGE(mine) || IS_GARBAGE(stored_revision)));
                   stored_revision = mine; stored_content = seen
#ifndef M_NO_COMPARE
                :: else -> RELEASE; FORGET; goto idle                   /* refused: another one is newer */
#endif
                fi;
                RELEASE }
       fi;
       MAY_DIE;
#ifdef M_ANNOUNCE_FIRST
       atomic { ANNOUNCE(mine) };
#endif
       atomic { MATERIALISE(mine, seen) };
       MAY_DIE;
       atomic { ANNOUNCE(mine); FORGET }

    /* Nothing to draw: the snapshot that sees a revision and no outbox row is what that was made of. */
    :: atomic { MAY_ADOPT && (away[me] || lock == 0) ->
                seen = content; mine = STATE;
                if :: away[me] -> skip :: else -> lock = me + 1; holds[me] = 1 fi }
       MAY_DIE;
       atomic { if
                :: !away[me] && mine > STORED ->
                   assert(seen >= stored_content || IS_GARBAGE(mine) || IS_GARBAGE(stored_revision));
                   stored_revision = mine; stored_content = seen
                :: else
                fi;
                RELEASE };
       MAY_DIE;
       atomic { MATERIALISE(mine, seen) };
       MAY_DIE;
       atomic { ANNOUNCE(node_revision[me]); FORGET }

    /* Behind: fetch what another node stored. */
    :: atomic { !away[me] && NEWER(STORED) && STORED != 0 ->
                MATERIALISE(STORED, stored_content) }
       MAY_DIE;
       atomic { ANNOUNCE(node_revision[me]) }
    od
}

active proctype Writer()
{
    do
    :: atomic { content < COMMITS -> outbox = outbox | (1 << content); content++ }
    :: content == COMMITS -> break
    od
}

/* A dead holder's lock expires. */
active proctype Expiry()
{
end:
    do
    :: atomic { lock != 0 && !holds[lock - 1] -> lock = 0 }
    od
}

active proctype Environment()
{
end:
    do
    :: atomic { faults > 0 ->
                faults--;
                if
                /* A stalled holder outlives its lock, or its open transaction (idle_in_transaction_session_timeout). */
                :: lock = 0
                :: row_lock = 0
#ifdef WIPE
                :: lock = 0; stored_revision = 0; stored_content = 0
#endif
#ifdef FAILOVER
                :: lock = replica_lock; stored_revision = replica_revision; stored_content = replica_content
#endif
#ifdef AWAY
                :: away[0] = 1
                :: away[1] = 1
#endif
#ifdef RESTORE
                :: !holds[0] && !holds[1] -> state_revision = 0; outbox = (1 << content) - 1
#endif
                fi }
#ifdef FAILOVER
    :: atomic { !synced && stored_revision != 0 ->
                synced = 1; replica_lock = lock;
                replica_revision = stored_revision; replica_content = stored_content }
#endif
#ifdef AWAY
    :: atomic { away[0] -> away[0] = 0 }
    :: atomic { away[1] -> away[1] = 0 }
#endif
#ifdef AHEAD
    :: atomic { ahead -> ahead = 0 }
#endif
    :: atomic { faults > 0 || !synced -> faults = 0; synced = 1 }
    od
}

/* Runs when nothing else can: then everything must be everywhere. */
active proctype Healed()
{
    timeout;
    assert(stored_content == content);
    assert(node_content[0] == content && node_content[1] == content);
    assert(outbox == 0)
}
