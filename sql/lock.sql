-- The first step of `migrate` and `detach`: takes hold of the platform's tables, all or none, within
-- a fifth of a second.
--
-- A trigger needs a lock that writers conflict with, and who waits for one makes everybody who comes
-- later wait behind. So we wait only this long, for all tables together, then let go, rest and try
-- again (cli/migrate.c). Nothing after this step waits for the platform, hardly anything waits for
-- our own daemons, and it is over in milliseconds.
--
-- {{lock_mode}} is SHARE ROW EXCLUSIVE for `migrate`, which lets readers read on (a backup, say), and
-- ACCESS EXCLUSIVE for `detach`, as dropping a trigger demands.

SET LOCAL statement_timeout = '200ms';

DO $$
DECLARE
    tables text := (
        SELECT string_agg(pg_class.oid::regclass::text, ', ' ORDER BY relname)
        FROM pg_class
        WHERE relnamespace = to_regnamespace('{{platform}}') AND relkind IN ('r', 'p')
            AND relname IN ('teams', 'users', 'challenges', 'submissions', 'awards'));
BEGIN
    IF tables IS NOT NULL THEN
        EXECUTE format('LOCK TABLE %s IN {{lock_mode}} MODE', tables);
    END IF;
END
$$;

SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '10ms';
