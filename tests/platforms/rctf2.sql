-- Tables of the shape of otter-sec's rCTF.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE users (id text PRIMARY KEY, name citext NOT NULL UNIQUE, email text DEFAULT 'secret', division text NOT NULL,
    perms int NOT NULL DEFAULT 0, ctftime_id text, created_at timestamptz NOT NULL, banned boolean NOT NULL DEFAULT false,
    score int NOT NULL DEFAULT 0, global_rank int, division_rank int, last_solve_at timestamptz,
    last_tiebreak_solve_at timestamptz);
CREATE TABLE solves (id text PRIMARY KEY, challengeid text NOT NULL, userid text NOT NULL, createdat timestamptz NOT NULL,
    submissionip text DEFAULT 'secret', points int NOT NULL DEFAULT 0, points_updated_at timestamptz NOT NULL DEFAULT now(),
    source text NOT NULL DEFAULT 'flag', UNIQUE (challengeid, userid));
CREATE TABLE challenges (id text PRIMARY KEY, data jsonb NOT NULL, score int NOT NULL DEFAULT 0,
    solve_count int NOT NULL DEFAULT 0);
CREATE TABLE settings (id text PRIMARY KEY, data jsonb NOT NULL);
