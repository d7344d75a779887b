-- Removes everything of ours and nothing of the platform's; what was in the tables that
-- platforms/demo.sql made is the platform's too. One transaction, after lock.sql and clear.sql.
--
-- {{keep}} is true for `detach --keep`: the settings and the roles, with their passwords, stay for a
-- later `migrate`.

-- On the platform's tables: triggers, their functions, which stand beside them, and indexes. They are
-- told by what they are, since the list of sources may be gone.
DO $$
DECLARE
    ours regprocedure;
    command text;
BEGIN
    FOR ours IN
        SELECT oid FROM pg_proc
        WHERE prorettype = 'trigger'::regtype AND prosrc LIKE '%{{schema}}.note(%'
    LOOP
        FOR command IN
            SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
            FROM pg_trigger WHERE tgfoid = ours AND tgparentid = 0
        LOOP
            EXECUTE command;
        END LOOP;
        EXECUTE format('DROP FUNCTION %s', ours);
    END LOOP;
    FOR command IN
        SELECT format('DROP INDEX %s', oid::regclass) FROM pg_class
        WHERE relkind = 'i' AND (relname LIKE '{{schema}}\_index\_%' OR relname = '{{schema}}_solves')
            AND relnamespace = to_regnamespace('{{platform}}')
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;

-- The rights of our roles, then our own tables. Older releases had a role more, which owned them.
DO $$
DECLARE
    command text;
    role text;
    owner regrole := (
        SELECT nspowner FROM pg_namespace
        WHERE nspname = '{{schema}}' AND nspowner = to_regrole('{{schema}}_owner'));
BEGIN
    FOR command IN
        SELECT DISTINCT format('REVOKE ALL ON %s FROM %s',
            CASE classid WHEN 'pg_class'::regclass THEN 'TABLE ' || objid::regclass
                ELSE 'SCHEMA ' || objid::regnamespace END, refobjid::regrole)
        FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid
        WHERE datname = current_database() AND deptype = 'a'
            AND refclassid = 'pg_authid'::regclass
            AND refobjid IN (to_regrole('{{schema}}_daemon'), to_regrole('{{schema}}_publisher'), owner)
            AND classid IN ('pg_class'::regclass, 'pg_namespace'::regclass)
    LOOP
        EXECUTE command;
    END LOOP;
    FOR command IN
        SELECT format('DROP TABLE %s', oid::regclass) FROM pg_class
        WHERE relnamespace = to_regnamespace('{{schema}}') AND relkind = 'r'
            AND NOT ({{keep}} AND relname = 'settings')
    LOOP
        EXECUTE command;
    END LOOP;
    IF {{keep}} THEN
        RETURN;
    END IF;
    DROP SCHEMA IF EXISTS {{schema}};

    -- Roles belong to the whole server: they stay while another database uses them, or when whoever
    -- detaches may not drop roles.
    FOREACH role IN ARRAY ARRAY['{{schema}}_daemon', '{{schema}}_publisher', owner::text] LOOP
        CONTINUE WHEN role IS NULL;
        BEGIN
            EXECUTE format('DROP ROLE IF EXISTS %s', role);
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END
$$;
