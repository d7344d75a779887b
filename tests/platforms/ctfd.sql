-- Tables of CTFd 3.8's shape: the columns that the boards are made of, and some that no board shows.
CREATE TABLE config (id serial PRIMARY KEY, key text, value text);
CREATE TABLE brackets (id serial PRIMARY KEY, name varchar(255), description text, type varchar(80));
CREATE TABLE teams (id int PRIMARY KEY, name varchar(128), email varchar(128) DEFAULT 'secret',
    password varchar(128) DEFAULT 'secret', hidden boolean, banned boolean, captain_id int, bracket_id int);
CREATE TABLE users (id int PRIMARY KEY, name varchar(128), password varchar(128) DEFAULT 'secret',
    email varchar(128) DEFAULT 'secret', type varchar(80), hidden boolean, banned boolean, verified boolean,
    team_id int, bracket_id int);
CREATE TABLE challenges (id int PRIMARY KEY, name varchar(80), description text, value int, category varchar(80),
    type varchar(80), state varchar(80) NOT NULL DEFAULT 'visible', initial int, minimum int, decay int,
    function varchar(32), requirements json, scheduled_at timestamp, module_id int);
CREATE TABLE dynamic_challenge (id int PRIMARY KEY, initial int, minimum int, decay int, dynamic_initial int,
    dynamic_minimum int, dynamic_decay int, dynamic_function varchar(32));
CREATE TABLE submissions (id int PRIMARY KEY, challenge_id int, user_id int, team_id int,
    ip varchar(46) DEFAULT 'secret', provided text DEFAULT 'secret', type varchar(32), date timestamp);
CREATE TABLE solves (id int PRIMARY KEY, challenge_id int, user_id int, team_id int, UNIQUE (challenge_id, user_id),
    UNIQUE (challenge_id, team_id));
CREATE TABLE awards (id int PRIMARY KEY, user_id int, team_id int, type varchar(80), name varchar(80), date timestamp,
    value int, category varchar(80), requirements json);
