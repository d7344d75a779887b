-- Tables of smctf 1.0's shape.
CREATE TABLE teams (id bigint PRIMARY KEY, name text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL DEFAULT 'secret', username text NOT NULL,
    password_hash text NOT NULL DEFAULT 'secret', role text NOT NULL, team_id bigint NOT NULL);
CREATE TABLE challenges (id bigint PRIMARY KEY, title text NOT NULL, description text NOT NULL DEFAULT '',
    category text NOT NULL, points bigint NOT NULL, minimum_points bigint NOT NULL, flag_hash text NOT NULL DEFAULT 'secret',
    is_active boolean NOT NULL DEFAULT true);
CREATE TABLE submissions (id bigint PRIMARY KEY, user_id bigint NOT NULL, challenge_id bigint NOT NULL,
    provided text NOT NULL DEFAULT 'secret', correct boolean NOT NULL, is_first_blood boolean NOT NULL DEFAULT false,
    submitted_at timestamptz NOT NULL);
CREATE TABLE app_configs (key text PRIMARY KEY, value text NOT NULL);
