-- The scoreboard's own corner of the database: its roles, its schema and its few tables.
--
-- How the files in this directory work
--   `scoreboardctl migrate` runs, in one transaction and in this order: lock.sql, clear.sql,
--   schema.sql, sources.sql, contract.sql, the platform's file (platforms/), missing.sql, finish.sql; and
--   after its commit it builds the indexes that the platform's file asked for. Before that, it
--   rehearses: schema.sql, sources.sql, contract.sql, rehearsal.sql and the platform's file, in another
--   schema, which is looked at (cli/check.c) and rolled back. `detach` runs lock.sql, clear.sql and
--   detach.sql. Every file may be run again at any time. To change something, change
--   its file; to add a column to a table of ours, add an ALTER TABLE ... ADD COLUMN IF NOT EXISTS
--   below its CREATE TABLE.
--
--   Names are filled in first, written in double braces since no SQL looks like that:
--     {{schema}}    ours: scoreboard, or scoreboard_<instance>; never needs quotes
--     {{platform}}  the schema that has the platform's tables, quoted
--     {{part}}      a number that `migrate --part` gave to the platform's file, else NULL
--     {{owner}}     who owns most of the platform's tables, quoted
--
-- Whose rights are whose
--   {{owner}} owns all of this, so that whoever dumps, restores or drops the platform's database
--   needs to know nothing of us. Two roles log in, with the least rights:
--   {{schema}}_daemon     reads by the platform's functions, draws revisions, empties the outbox.
--   {{schema}}_publisher  puts events into the outbox.
--   The platform's other roles get nothing and need nothing: triggers write the outbox for them.
--   Both logins come without a password: pg_hba.conf lets them in, or ALTER ROLE gives them one.
--
-- Each table has a primary key, so that a publication FOR ALL TABLES stops nobody's UPDATE; and what
-- a publisher sends of its own corner never arrives in a subscriber's (stay_home() below).

-- Roles belong to the whole server, so another database may have made them, even just now.
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['{{schema}}_daemon', '{{schema}}_publisher'] LOOP
        IF to_regrole(role) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
END
$$;

-- Older releases had an owner of their own, and another outbox.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_namespace
        WHERE nspname = '{{schema}}' AND nspowner = to_regrole('{{schema}}_owner'))
    THEN
        IF NOT pg_has_role('{{schema}}_owner', 'USAGE') THEN
            GRANT {{schema}}_owner TO CURRENT_USER;
        END IF;
        DROP INDEX IF EXISTS {{platform}}.{{schema}}_solves;
        DROP TABLE IF EXISTS {{schema}}.outbox, {{schema}}.migrations;
        DROP INDEX IF EXISTS {{schema}}.state_one_row, {{schema}}.settings_one_row;
        ALTER TABLE {{schema}}.state ADD one boolean PRIMARY KEY DEFAULT true CHECK (one);
        ALTER TABLE {{schema}}.settings ADD one boolean PRIMARY KEY DEFAULT true CHECK (one),
            ADD COLUMN IF NOT EXISTS name text NOT NULL DEFAULT '',
            ADD COLUMN IF NOT EXISTS visible boolean NOT NULL DEFAULT true,
            DROP CONSTRAINT IF EXISTS settings_tie_rule_check,
            ADD CHECK (tie_rule IN ('first_to_reach', 'reference', 'shared'));
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = '{{schema}}.settings'::regclass AND attname = 'freeze_at')
        THEN
            ALTER TABLE {{schema}}.settings RENAME freeze_at TO freezes_at;
        END IF;
        REASSIGN OWNED BY {{schema}}_owner TO {{owner}};
        DROP OWNED BY {{schema}}_owner;
        BEGIN
            DROP ROLE {{schema}}_owner;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL; -- another database has an older release yet
        END;
    END IF;

    IF to_regnamespace('{{schema}}') IS NULL THEN
        CREATE SCHEMA {{schema}} AUTHORIZATION {{owner}};
    END IF;
END
$$;

-- The platform's tables have a new owner, or a restore gave ours another: ours follows.
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT 'SCHEMA {{schema}}' FROM pg_namespace
        WHERE nspname = '{{schema}}' AND nspowner <> '{{owner}}'::regrole
        UNION ALL
        SELECT 'TABLE ' || oid::regclass FROM pg_class
        WHERE relnamespace = '{{schema}}'::regnamespace AND relkind = 'r'
            AND relowner <> '{{owner}}'::regrole
        UNION ALL
        SELECT 'FUNCTION ' || oid::regprocedure FROM pg_proc
        WHERE prorettype = 'trigger'::regtype AND prosrc LIKE '%{{schema}}.note(%'
            AND proowner <> '{{owner}}'::regrole
    LOOP
        EXECUTE format('ALTER %s OWNER TO {{owner}}', command);
    END LOOP;
END
$$;

-- Tables of several owners: until the end of this transaction (finish.sql) {{owner}} acts for all.
-- A trigger's function stands beside its table, so that a dump without {{schema}} has it.
DO $$
DECLARE
    other text;
BEGIN
    FOR other IN
        SELECT DISTINCT quote_ident(rolname)
        FROM unnest({{tables}}::text[]) AS name
            JOIN pg_class ON pg_class.oid = to_regclass('{{platform}}.' || name)
            JOIN pg_roles ON pg_roles.oid = relowner
        WHERE NOT pg_has_role('{{owner}}'::regrole, relowner, 'USAGE')
    LOOP
        EXECUTE format('GRANT %s TO {{owner}}', other);
        PERFORM set_config('{{schema}}.lent',
            concat_ws(', ', nullif(current_setting('{{schema}}.lent', true), ''), other), true);
    END LOOP;
    IF NOT has_schema_privilege('{{owner}}'::regrole, '{{platform}}'::regnamespace, 'CREATE') THEN
        GRANT CREATE ON SCHEMA {{platform}} TO {{owner}};
    END IF;
END
$$;

SET LOCAL ROLE {{owner}};

-- One row: what was migrated here, so that nothing is done twice and `migrate` needs to be told once.
CREATE TABLE IF NOT EXISTS {{schema}}.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    platform text NOT NULL, -- the name of its file in platforms/, or a path
    part text NOT NULL,
    checksum text NOT NULL, -- of all files, names filled in
    migrated_at timestamptz NOT NULL DEFAULT now()
);

-- One row: the revision of the newest boards. Whoever rebuilds them raises it as its last step, so
-- of two rebuilds at once only one commits, and later contents have greater revisions.
CREATE TABLE IF NOT EXISTS {{schema}}.state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    rev bigint NOT NULL
);
-- Who this database is, and where: a copy finds itself somewhere else (mend()) and becomes another.
ALTER TABLE {{schema}}.state
    ADD COLUMN IF NOT EXISTS database_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN IF NOT EXISTS home text NOT NULL DEFAULT '',
    -- fingerprint() of what the last rebuild read.
    ADD COLUMN IF NOT EXISTS fingerprint text NOT NULL DEFAULT '',
    -- Every outbox row of an older transaction is gone: nobody needs to look among their remains.
    ADD COLUMN IF NOT EXISTS outbox_from xid8 NOT NULL DEFAULT '0',
    -- When the boards of that revision were read: nothing older is missing on them.
    ADD COLUMN IF NOT EXISTS read_at timestamptz NOT NULL DEFAULT 'epoch',
    -- While something is withheld from the public: the revision of what it is shown, a digest of that,
    -- and when it was read. NULL: nothing is withheld, or no boards were made since it is.
    ADD COLUMN IF NOT EXISTS shown_rev bigint,
    ADD COLUMN IF NOT EXISTS shown_digest text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS shown_at timestamptz NOT NULL DEFAULT 'epoch';
INSERT INTO {{schema}}.state (rev) VALUES (0) ON CONFLICT DO NOTHING;

-- "Changed, not yet rebuilt": rows of each transaction that changed what a board shows, one for each
-- reason. A rebuild deletes the rows that its own snapshot sees, so a transaction that commits later,
-- though its id is lower, is found by the next one.
CREATE TABLE IF NOT EXISTS {{schema}}.outbox (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    reason text NOT NULL CHECK (reason ~ '^[a-z0-9_]{1,64}$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    writer xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX IF NOT EXISTS outbox_writer ON {{schema}}.outbox (writer);

-- One row: the rules of this competition, for platforms that have none of their own.
CREATE TABLE IF NOT EXISTS {{schema}}.settings (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    name text NOT NULL DEFAULT '',
    starts_at timestamptz,
    freezes_at timestamptz,
    ends_at timestamptz,
    visible boolean NOT NULL DEFAULT true,
    tie_rule text NOT NULL DEFAULT 'first_to_reach'
        CHECK (tie_rule IN ('first_to_reach', 'reference', 'shared')),
    -- The database holds nothing of value: the simulation may play in it.
    disposable boolean NOT NULL DEFAULT false,
    CHECK (starts_at < ends_at),
    CHECK (starts_at <= freezes_at),
    CHECK (freezes_at <= ends_at)
);
INSERT INTO {{schema}}.settings DEFAULT VALUES ON CONFLICT DO NOTHING;

-- The tables that the boards are made from, as the platform's file named them by watch().
CREATE TABLE IF NOT EXISTS {{schema}}.sources (
    name text PRIMARY KEY, -- as SQL would name it: '"Games"'
    columns text[] NOT NULL,
    private text[] NOT NULL,
    shown text NOT NULL,
    seen text, -- NULL: the columns
    appears text NOT NULL,
    changes text NOT NULL,
    disappears text NOT NULL,
    index text,
    watched boolean NOT NULL -- by the file as it is now
);
ALTER TABLE {{schema}}.sources
    -- A new row is on a board by itself.
    ADD COLUMN IF NOT EXISTS listed boolean NOT NULL DEFAULT true;
UPDATE {{schema}}.sources SET watched = false;

-- For what a logical subscription applies, and for the copy that it begins with: what it brings of the
-- publisher's own corner stays out; what a trigger of ours notes of it (a depth below) does not. It is
-- enabled for replicas alone, which ENABLE TRIGGER ALL forgets.
CREATE FUNCTION {{schema}}.stay_home() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_trigger_depth() > 1 OR current_setting('session_replication_role') <> 'replica' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    ours text;
BEGIN
    FOREACH ours IN ARRAY ARRAY['installation', 'state', 'outbox', 'settings', 'sources'] LOOP
        EXECUTE format('CREATE TRIGGER stay_home BEFORE INSERT OR UPDATE OR DELETE'
            ' ON {{schema}}.%I FOR EACH ROW EXECUTE FUNCTION {{schema}}.stay_home()', ours);
        EXECUTE format('ALTER TABLE {{schema}}.%I ENABLE REPLICA TRIGGER stay_home', ours);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA {{schema}} TO {{schema}}_daemon, {{schema}}_publisher;
GRANT SELECT, UPDATE ON {{schema}}.state TO {{schema}}_daemon;
GRANT SELECT, DELETE, INSERT (reason) ON {{schema}}.outbox TO {{schema}}_daemon;
GRANT SELECT ON {{schema}}.settings, {{schema}}.sources TO {{schema}}_daemon;
GRANT INSERT (reason), SELECT (created_at) ON {{schema}}.outbox TO {{schema}}_publisher;
