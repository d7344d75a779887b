-- Tables of the shape of redpwn's rCTF.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TABLE users (id varchar PRIMARY KEY, name citext NOT NULL UNIQUE, email varchar DEFAULT 'secret', division varchar NOT NULL,
    perms int NOT NULL DEFAULT 0, ctftime_id varchar, created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE solves (id varchar PRIMARY KEY, challengeid varchar NOT NULL, userid varchar NOT NULL,
    createdat timestamptz NOT NULL, UNIQUE (challengeid, userid));
CREATE TABLE challenges (id varchar PRIMARY KEY, data jsonb NOT NULL);
CREATE TABLE user_members (id varchar PRIMARY KEY, userid varchar NOT NULL, name varchar NOT NULL,
    email varchar NOT NULL DEFAULT 'secret');
