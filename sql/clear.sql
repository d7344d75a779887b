-- Takes away what is made anew each time: the functions and views of {{schema}}, the triggers on its
-- own tables, and the triggers that older releases put on the platform's. It refuses, and names
-- them, when things of others were built upon ours.

DO $$
DECLARE
    command text;
BEGIN
    IF to_regnamespace('{{schema}}') IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE (attrelid = to_regclass('{{schema}}.settings') AND attname = 'tie_rule')
            OR (attrelid = to_regclass('{{schema}}.outbox') AND attname = 'reason')
            OR (attrelid = to_regclass('{{schema}}.state') AND attname = 'rev'))
    THEN
        RAISE EXCEPTION 'there is a schema {{schema}} that is not ours: choose an instance in [scoreboard]';
    END IF;

    FOR command IN
        SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND tgparentid = 0
            AND (relnamespace = to_regnamespace('{{schema}}')
                OR tgfoid = to_regproc('{{schema}}.write_outbox'))
        UNION ALL
        SELECT 'DROP VIEW ' || string_agg(oid::regclass::text, ', ')
        FROM pg_class WHERE relnamespace = to_regnamespace('{{schema}}') AND relkind = 'v'
        UNION ALL
        SELECT 'DROP FUNCTION ' || string_agg(oid::regprocedure::text, ', ')
        FROM pg_proc WHERE pronamespace = to_regnamespace('{{schema}}')
    LOOP
        IF command IS NOT NULL THEN
            EXECUTE command;
        END IF;
    END LOOP;
END
$$;
