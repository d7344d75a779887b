-- The first step of `migrate` and `detach`: takes hold of the platform's tables, all or none, within
-- a fifth of a second.
--
-- A trigger needs a lock that writers conflict with, and who waits for one makes everybody who comes
-- later wait behind. So we wait only this long, for all tables together, then let go, rest and try
-- again (cli/target.c). Nothing after this step waits for the platform, hardly anything waits for
-- our own daemons, and it is over in milliseconds.
--
-- The tables are those that the platform's file is about to watch, {{tables}}, and those that have a
-- trigger of ours already. {{lock_mode}} is SHARE ROW EXCLUSIVE for `migrate`, which lets readers
-- read on (a backup, say), and ACCESS EXCLUSIVE for `detach`, as dropping a trigger demands; so do
-- the triggers of older releases, which called {{schema}}.write_outbox().

SET LOCAL statement_timeout = '200ms';

DO $$
DECLARE
    tables text := (
        SELECT string_agg(pg_class.oid::regclass::text, ', ' ORDER BY pg_class.oid)
        FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace IS DISTINCT FROM to_regnamespace('{{schema}}')
            AND oid IN (
                SELECT to_regclass('{{platform}}.' || name) FROM unnest({{tables}}::text[]) AS name
                UNION
                SELECT tgrelid FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
                WHERE tgparentid = 0 AND (prosrc LIKE '%{{schema}}.note(%'
                    OR tgfoid = to_regproc('{{schema}}.write_outbox'))));
    mode text := CASE WHEN to_regproc('{{schema}}.write_outbox') IS NULL THEN '{{lock_mode}}'
        ELSE 'ACCESS EXCLUSIVE' END;
BEGIN
    IF tables IS NOT NULL THEN
        EXECUTE format('LOCK TABLE %s IN %s MODE', tables, mode);
    END IF;
END
$$;

SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '10ms';
