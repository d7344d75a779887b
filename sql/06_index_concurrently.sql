-- A rebuild reads all solves and nothing else of submissions: from this index alone, a quarter of
-- the time when two thirds of a million submissions are wrong.
--
-- Built CONCURRENTLY, so that the platform's writers never wait for it. That is not possible within
-- a transaction, and when it is cut short it leaves an index that is not valid: hence the DROP.

DROP INDEX CONCURRENTLY IF EXISTS {{platform}}.{{schema}}_solves;
CREATE INDEX CONCURRENTLY {{schema}}_solves
    ON {{platform}}.submissions (submitted_at) INCLUDE (user_id, challenge_id) WHERE correct;
