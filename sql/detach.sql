-- Removes everything of ours and nothing of the platform's; what was in the tables that
-- 02_platform.sql made is the platform's too. One transaction, after lock.sql.

DO $$
DECLARE
    role text;
    ours record;
BEGIN
    -- Who detaches without being a superuser needs to act for them.
    FOREACH role IN ARRAY ARRAY['{{schema}}_owner', '{{schema}}_daemon', '{{schema}}_publisher']
    LOOP
        IF NOT pg_has_role(role, 'USAGE') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role);
        END IF;
    END LOOP;

    FOR ours IN
        SELECT tgname, tgrelid::regclass AS source FROM pg_trigger
        WHERE tgfoid = to_regproc('{{schema}}.write_outbox') AND tgparentid = 0
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', ours.tgname, ours.source);
    END LOOP;
END
$$;

DROP INDEX IF EXISTS {{platform}}.{{schema}}_solves;

-- The schema with all that is in it, and each right that was granted to a role of ours. It refuses,
-- and names them, when things of others were built upon ours.
DROP OWNED BY {{schema}}_owner, {{schema}}_daemon, {{schema}}_publisher;

-- Roles belong to the whole server: they stay while another database uses them.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['{{schema}}_daemon', '{{schema}}_publisher', '{{schema}}_owner']
    LOOP
        BEGIN
            EXECUTE format('DROP ROLE %I', role);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL;
        END;
    END LOOP;
END
$$;
