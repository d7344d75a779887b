-- Tables of noCTF's shape: the columns that the boards are made of, and some that no board shows.
CREATE TYPE submission_status AS ENUM ('queued', 'incorrect', 'correct', 'invalid');
CREATE TABLE config (namespace varchar PRIMARY KEY, value jsonb NOT NULL, version integer NOT NULL DEFAULT 1);
CREATE TABLE policy (id integer PRIMARY KEY, permissions varchar[] NOT NULL DEFAULT '{}', public boolean NOT NULL,
    is_enabled boolean NOT NULL);
CREATE TABLE division (id integer PRIMARY KEY, name varchar NOT NULL, slug varchar(64), is_visible boolean NOT NULL,
    password varchar(64) NOT NULL DEFAULT 'secret');
CREATE TABLE team (id integer PRIMARY KEY, name varchar(64) NOT NULL, bio varchar NOT NULL DEFAULT '',
    join_code varchar DEFAULT 'secret', flags varchar[] NOT NULL DEFAULT '{}', division_id integer NOT NULL);
CREATE TABLE "user" (id integer PRIMARY KEY, name varchar(64) NOT NULL, bio text NOT NULL DEFAULT '',
    flags varchar[] NOT NULL DEFAULT '{}', roles varchar[] NOT NULL DEFAULT '{}');
CREATE TABLE team_member (user_id integer PRIMARY KEY, team_id integer NOT NULL, role text);
CREATE TABLE challenge (id integer PRIMARY KEY, slug varchar(64), title varchar(128) NOT NULL,
    description text NOT NULL DEFAULT '', private_metadata jsonb NOT NULL, tags jsonb NOT NULL DEFAULT '{}',
    hidden boolean NOT NULL, visible_at timestamptz);
CREATE TABLE submission (id integer PRIMARY KEY, user_id integer, team_id integer NOT NULL, challenge_id integer NOT NULL,
    data text NOT NULL DEFAULT 'secret', comments text NOT NULL DEFAULT '', value integer, weight integer NOT NULL DEFAULT 0,
    hidden boolean NOT NULL DEFAULT false, status submission_status NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE award (id integer PRIMARY KEY, team_id integer NOT NULL, title varchar, value integer NOT NULL,
    created_at timestamptz NOT NULL);
