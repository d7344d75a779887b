-- large: a competition of 10,000 teams, 30,000 users, 100 challenges and 1,000,000 submissions, of
-- which 300,000 are correct, played into the reference platform's empty tables. Names are plain.
\set ON_ERROR_STOP 1
BEGIN;
INSERT INTO teams (id, name) SELECT n, 'team' || n FROM generate_series(1, 10000) n;

INSERT INTO users (id, username, team_id)
SELECT n, 'user' || n, 1 + n % 10000 FROM generate_series(1, 30000) n;

INSERT INTO challenges (id, title, category)
SELECT n, 'challenge' || n, 'misc' FROM generate_series(1, 100) n;

-- Everybody has a go at 33 challenges, one after the other, and solves three out of ten.
INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
SELECT 1 + n % 30000, 1 + (n / 30000 + n % 30000 * 37) % 100, (n / 30000 + n) % 10 < 3,
    timestamptz '2026-01-24 12:00:00+00' + n * interval '172.8 milliseconds'
FROM generate_series(0, 999999) n;
COMMIT;
