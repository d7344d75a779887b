-- Sources: the tables that the boards are made from. A platform's file names each by one call of
-- watch(), and from that list come the triggers, the daemon's rights, what is missing, and what
-- `migrate` locks and `detach` removes.
--
-- A transaction that changes what a board shows writes the outbox, itself. So an event cannot be
-- lost between commit and publish, whoever writes: an API, psql, COPY, a migration, a logical
-- subscription (hence ENABLE ALWAYS, and a trigger for each row: statement triggers do not fire
-- there). There is no NOTIFY: it makes all commits of a server queue, and transaction poolers lose
-- it.
--
-- We stand in nobody's way: a trigger has no WHEN and no column list, so that nothing depends on a
-- column; its function stands in the platform's schema, so that a dump without ours has it; it only
-- ever inserts into the outbox, waits a moment at most, and swallows whatever goes wrong, so that no
-- transaction fails because of us, in a database without our schema either. (What it cannot note, the
-- next event or the hourly rebuild shows.)
--
-- Measured on PostgreSQL 15, for each row: 2 us for an insert that does not matter, 4 us for an update
-- of columns that no board shows, 6 to 8 us for what does matter. Of that the exception block costs
-- less than one; comparing the columns before all else, or as text, was no faster.
--
-- Three things bypass triggers, by PostgreSQL's design: pg_restore, which loads data before it makes
-- them, or behind their back; TRUNCATE, ATTACH and DETACH of a partition; and a table that is dropped
-- and made anew. fingerprint() tells all of them, and mend() puts the triggers back.

-- Where this database is: another place means that it is a copy, or was restored.
CREATE FUNCTION {{schema}}.here() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT system_identifier || ' ' || pg_database.oid
    FROM pg_control_system(), pg_database WHERE datname = current_database()
$$;

-- A number for whom the platform knows by a text or a uuid: 1 to 2^53 - 1, for ever the same.
CREATE FUNCTION {{schema}}.id_of(name text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT ('x0' || left(md5(name), 15))::bit(64)::bigint % 9007199254740991 + 1
$$;

-- What the boards take of a text that is long, or whose database has an encoding of its own: no more
-- than they may show (four bytes for each of 255 characters, and one more, where the database does not
-- know what a character is), and what can be sent as UTF-8: a single character that Unicode lacks, in
-- a single name, would make the server refuse all of them.
CREATE FUNCTION {{schema}}.sendable(given text) RETURNS text
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    shortened text := left(given, 1024);
    letter text;
    sent text := '';
BEGIN
    IF getdatabaseencoding() <> 'SQL_ASCII' THEN
        PERFORM convert_to(shortened, 'UTF8');
    END IF;
    RETURN shortened;
EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire THEN
    FOREACH letter IN ARRAY string_to_array(shortened, NULL) LOOP
        BEGIN
            PERFORM convert_to(letter, 'UTF8');
            sent := sent || letter;
        EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire THEN
            sent := sent || '?';
        END;
    END LOOP;
    RETURN sent;
END
$$;

-- Writes a row of the outbox, for a trigger. Should somebody hold the outbox as a whole (VACUUM FULL,
-- our own detach), the platform waits no longer than a moment.
CREATE FUNCTION {{schema}}.note(reason text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $$
    INSERT INTO {{schema}}.outbox (reason) VALUES (reason)
$$;

-- Our own settings are a source, too.
CREATE FUNCTION {{schema}}.note_settings() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (OLD.name, OLD.starts_at, OLD.freezes_at, OLD.ends_at, OLD.visible, OLD.tie_rule)
        IS DISTINCT FROM (NEW.name, NEW.starts_at, NEW.freezes_at, NEW.ends_at, NEW.visible, NEW.tie_rule)
    THEN
        PERFORM {{schema}}.note('settings_changed');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note AFTER UPDATE ON {{schema}}.settings
    FOR EACH ROW EXECUTE FUNCTION {{schema}}.note_settings();

-- The table of a source; NULL: there is none.
CREATE FUNCTION {{schema}}.table_of(source text) RETURNS regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_class.oid::regclass FROM pg_class
    WHERE pg_class.oid = to_regclass('{{platform}}.' || source) AND relkind IN ('r', 'p')
$$;

-- Which of the columns there are. One that a later release of the platform may bring is written with a
-- question mark behind it, and counts once it is there.
CREATE FUNCTION {{schema}}.present(place regclass, columns text[]) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(array_agg(attname::text ORDER BY n), '{}')
    FROM unnest(columns) WITH ORDINALITY AS given (name, n)
    JOIN pg_attribute ON attrelid = place AND attname = rtrim(name, '?') AND NOT attisdropped
$$;

-- A thing of ours on the platform's side, called after its source: up to 63 bytes.
CREATE FUNCTION {{schema}}.name_of(kind text, source text) RETURNS name
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT left('{{schema}}_' || kind || '_' || (parse_ident(source))[1], 63)::name
$$;

-- Makes the trigger's function. Its parts are SQL on the row r.
--
-- What the transaction has written is remembered in a transaction-local setting, its id and the
-- reasons: a rollback, of the whole or to a savepoint, takes the setting back together with the row.
-- Anybody may set anything there, and hides no changes but their own.
CREATE FUNCTION {{schema}}.make_function(source {{schema}}.sources) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $make$
DECLARE
    name text := format('{{platform}}.%I', {{schema}}.name_of('note', source.name));
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger'
        ' LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L', name,
        format($body$
-- scoreboardd: notes in {{schema}}.outbox what changes a board, and is harmless where there is none.
DECLARE
    r record;
    before record;
    shown boolean;
    reason text;
    mark text;
BEGIN
    BEGIN
        IF TG_OP = 'INSERT' THEN
            r := NEW;
            IF (%6$s) AND (%1$s) THEN reason := %3$L; END IF;
        ELSIF TG_OP = 'DELETE' THEN
            r := OLD;
            IF (%1$s) THEN reason := %5$L; END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            r := OLD;
            shown := (%1$s) IS TRUE;
            before := ROW(%2$s);
            r := NEW;
            IF (%1$s) THEN
                IF NOT shown THEN
                    reason := %3$L;
                ELSIF NOT before *= ROW(%2$s)::record THEN
                    reason := %4$L;
                END IF;
            ELSIF shown THEN
                reason := %5$L;
            END IF;
        ELSE
            reason := %5$L;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        reason := %4$L; -- the table is not as it was: whatever this row means, it may be on a board
    END;
    IF reason IS NULL THEN
        RETURN NULL;
    END IF;

    BEGIN
        mark := current_setting('{{schema}}.noted', true);
        IF mark LIKE pg_current_xact_id() || ' %%' THEN
            IF mark LIKE '%% ' || reason || ' %%' THEN
                RETURN NULL;
            END IF;
        ELSE
            mark := pg_current_xact_id() || ' ';
        END IF;
        PERFORM {{schema}}.note(reason);
        PERFORM set_config('{{schema}}.noted', mark || reason || ' ', true);
    EXCEPTION WHEN OTHERS THEN
        NULL;
    END;
    RETURN NULL;
END
$body$, source.shown,
        coalesce(source.seen,
            (SELECT string_agg(format('r.%I', a), ', ') FROM unnest(source.columns || source.private) AS a),
            'true'),
        source.appears, source.changes, source.disappears,
        -- A subscription's first copy may bring a row after what refers to it.
        CASE WHEN source.listed THEN 'true' ELSE 'current_setting(''session_replication_role'') = ''replica''' END));
    EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM PUBLIC', name);
    RETURN name;
END
$make$;

-- The trigger of a table. A partitioned one's has another name, so that a table that was a source may
-- be attached to the one that took its place.
CREATE FUNCTION {{schema}}.trigger_of(place regclass) RETURNS name
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ('{{schema}}_note' || CASE relkind WHEN 'p' THEN '_parts' ELSE '' END)::name
    FROM pg_class WHERE oid = place
$$;

CREATE FUNCTION {{schema}}.make_triggers(place regclass, function text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    trigger name := {{schema}}.trigger_of(place);
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s'
        ' FOR EACH ROW EXECUTE FUNCTION %s()', trigger, place, function);
    EXECUTE format('CREATE OR REPLACE TRIGGER {{schema}}_note_truncate AFTER TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION %s()', place, function);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I,'
        ' ENABLE ALWAYS TRIGGER {{schema}}_note_truncate', place, trigger);
END
$$;

-- Puts what a source needs onto its table, which is there.
CREATE FUNCTION {{schema}}.stand_by(source_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    source {{schema}}.sources;
    place regclass := {{schema}}.table_of(source_name);
    absent text;
    columns text;
BEGIN
    SELECT * INTO STRICT source FROM {{schema}}.sources WHERE name = source_name;
    IF place IS NULL THEN
        RAISE EXCEPTION 'schema % has no table %', '{{platform}}', source_name USING ERRCODE = '42P01';
    END IF;
    SELECT string_agg(quote_ident(name), ', ') INTO absent
    FROM unnest(source.columns || source.private) AS name
    WHERE name NOT LIKE '%?' AND name <> ALL ({{schema}}.present(place, source.columns || source.private));
    IF absent IS NOT NULL THEN
        RAISE EXCEPTION 'table % has no column %', place, absent USING ERRCODE = '42703';
    END IF;

    source.columns := {{schema}}.present(place, source.columns);
    source.private := {{schema}}.present(place, source.private);
    PERFORM {{schema}}.make_triggers(place, {{schema}}.make_function(source));

    EXECUTE 'GRANT USAGE ON SCHEMA {{platform}} TO {{schema}}_daemon';
    EXECUTE format('REVOKE ALL ON %s FROM {{schema}}_daemon', place);
    SELECT string_agg(quote_ident(name), ', ') INTO columns FROM unnest(source.columns) AS name;
    IF columns IS NOT NULL THEN
        EXECUTE format('GRANT SELECT (%s) ON %s TO {{schema}}_daemon', columns, place);
    END IF;
    -- A table of another owner than ours: what our definer functions read.
    SELECT string_agg(quote_ident(name), ', ') INTO columns
    FROM unnest(source.columns || source.private) AS name
    WHERE NOT has_column_privilege(place, name, 'SELECT');
    IF columns IS NOT NULL THEN
        EXECUTE format('GRANT SELECT (%s) ON %s TO {{owner}}', columns, place);
    END IF;
END
$$;

-- Takes it off again, also off tables that were renamed since.
CREATE FUNCTION {{schema}}.let_go(source_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    function text := format('{{platform}}.%I', {{schema}}.name_of('note', source_name));
    command text;
BEGIN
    FOR command IN
        SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
        FROM pg_trigger WHERE tgfoid = to_regproc(function) AND tgparentid = 0
        UNION ALL
        SELECT DISTINCT format('REVOKE ALL ON %s FROM {{schema}}_daemon', tgrelid::regclass)
        FROM pg_trigger WHERE tgfoid = to_regproc(function) AND tgparentid = 0
    LOOP
        EXECUTE command;
    END LOOP;
    EXECUTE format('DROP INDEX IF EXISTS {{platform}}.%I', {{schema}}.name_of('index', source_name));
    EXECUTE format('DROP FUNCTION IF EXISTS %s()', function);
END
$$;

-- What a platform's file calls for each of its tables.
--   source      the table, as SQL would name it: '"Games"'
--   columns     what the boards show of it: the daemon may read these, and an update counts when one
--               of them changes; 'name?' need not be there
--   kind        what its rows are: a submission, challenge, user, team, award, or a part of the settings;
--               from this come the reasons when one begins to be shown, differs, or stops being shown
--   shown       SQL on the row r: rows for which it is not true do not matter. On the row alone, as
--               `seen`: it is run within the platform's transactions, and one that is serializable
--               could fail for what it read elsewhere
--   seen        SQL on r that is compared in place of the columns themselves: '(r.data->>''name'')'
--   private     columns that only our own SECURITY DEFINER functions read; compared, too
--   listed      false: a new row is on no board until others refer to it, which are noted
--   index       what follows CREATE INDEX ... ON table; built beside the writers
CREATE FUNCTION {{schema}}.watch(source text, columns text[] DEFAULT '{}', kind text DEFAULT 'settings',
    shown text DEFAULT 'true', seen text DEFAULT NULL, private text[] DEFAULT '{}', listed boolean DEFAULT true,
    index text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    reasons text[] := CASE kind
        WHEN 'submission' THEN '{submission_correct, submission_changed, submission_changed}'
        WHEN 'challenge' THEN '{challenge_created, challenge_updated, challenge_deleted}'
        WHEN 'user' THEN '{user_registered, user_updated, user_deleted}'
        WHEN 'team' THEN '{team_created, team_updated, team_deleted}'
        WHEN 'award' THEN '{award_changed, award_changed, award_changed}'
        WHEN 'settings' THEN '{settings_changed, settings_changed, settings_changed}' END;
BEGIN
    IF reasons IS NULL THEN
        RAISE EXCEPTION 'watch(%): `kind` is submission, challenge, user, team, award or settings', source;
    END IF;
    IF concat(shown, ' ', seen) ~* '\mselect\M' THEN
        RAISE EXCEPTION 'watch(%): `shown` and `seen` are of the row r alone, without a SELECT', source;
    END IF;
    INSERT INTO {{schema}}.sources
    VALUES (watch.source, watch.columns, watch.private, watch.shown, watch.seen,
        reasons[1], reasons[2], reasons[3], watch.index, true, watch.listed)
    ON CONFLICT (name) DO UPDATE SET (columns, private, shown, seen, appears, changes, disappears,
        index, watched, listed) = (EXCLUDED.columns, EXCLUDED.private, EXCLUDED.shown, EXCLUDED.seen,
        EXCLUDED.appears, EXCLUDED.changes, EXCLUDED.disappears, EXCLUDED.index, true, EXCLUDED.listed);
    PERFORM {{schema}}.stand_by(source);
END
$$;

-- --- Whether a source was rewritten ---------------------------------------------------------------
-- TRUNCATE and a rewriting ALTER TABLE are not MVCC-safe: an old snapshot sees an empty table. So a
-- rebuild whose snapshot is older than that is thrown away.

-- The files of a source as of now.
CREATE FUNCTION {{schema}}.files_now(source text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(part || '.' || coalesce(pg_relation_filenode(part), 0), ' ' ORDER BY part)
    FROM (
        SELECT to_regclass('{{platform}}.' || source)::oid
        UNION
        SELECT relid::oid FROM pg_partition_tree(to_regclass('{{platform}}.' || source))
    ) AS parts (part)
$$;

-- And as the caller's snapshot sees them.
CREATE FUNCTION {{schema}}.files_seen(source text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE parts AS (
        SELECT pg_class.oid, relfilenode, relkind
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = (parse_ident('{{platform}}'))[1] AND relname = (parse_ident(source))[1]
        UNION ALL
        SELECT pg_class.oid, pg_class.relfilenode, pg_class.relkind
        FROM parts JOIN pg_inherits ON inhparent = parts.oid JOIN pg_class ON pg_class.oid = inhrelid
        WHERE parts.relkind = 'p'
    )
    SELECT string_agg(oid || '.' || relfilenode, ' ' ORDER BY oid) FROM parts
$$;

-- What a rebuild has read, were it read now: a copy of the database is another one, too, and so is a
-- table with a column more, which may be one that had been dropped.
CREATE FUNCTION {{schema}}.fingerprint() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT md5(concat({{schema}}.here(), string_agg(concat(', ', name, ' ', {{schema}}.files_now(name), ' ', relnatts), ''
        ORDER BY name)))
    FROM {{schema}}.sources LEFT JOIN pg_class ON pg_class.oid = to_regclass('{{platform}}.' || name)
$$;

-- A source that was rewritten, dropped or made anew since this transaction's snapshot; NULL: none.
CREATE FUNCTION {{schema}}.rewritten() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT min(name) FROM {{schema}}.sources
    WHERE {{schema}}.files_now(name) IS DISTINCT FROM {{schema}}.files_seen(name)
$$;

-- --- Mending --------------------------------------------------------------------------------------

-- What a source lacks that its table once had, in words; NULL: nothing.
CREATE FUNCTION {{schema}}.lacks(source {{schema}}.sources) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN place IS NULL THEN format('table %s.%s', to_regnamespace('{{platform}}'), source.name)
        WHEN 2 > (
            SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
            WHERE tgrelid = place
                AND tgname IN ({{schema}}.trigger_of(place), '{{schema}}_note_truncate')
                AND tgenabled = 'A' AND prosrc LIKE '%{{schema}}.note(%'
                -- An upgrade of the platform may have brought columns that count.
                AND (source.seen IS NOT NULL OR NOT EXISTS (
                    SELECT FROM unnest({{schema}}.present(place, source.columns || source.private)) AS name
                    WHERE strpos(prosrc, format('r.%I', name)) = 0)))
        THEN format('trigger {{schema}}_note on %s', place)
        ELSE (
            SELECT format('column %s.%I', place, min(name))
            FROM unnest(source.columns || source.private) AS name
            WHERE name NOT LIKE '%?' AND name <> ALL ({{schema}}.present(place, source.columns || source.private))
            HAVING count(*) > 0
            UNION ALL
            SELECT format('the right of {{schema}}_daemon to read %s', place)
            WHERE EXISTS (
                SELECT FROM unnest({{schema}}.present(place, source.columns)) AS name
                WHERE NOT has_column_privilege('{{schema}}_daemon', place, name, 'SELECT'))
                OR NOT has_schema_privilege('{{schema}}_daemon', to_regnamespace('{{platform}}'), 'USAGE')
            -- It would see no row, so it refuses to read (row_security = off).
            UNION ALL
            SELECT format('a way past the row level security of %s (ALTER ROLE {{schema}}_daemon BYPASSRLS)',
                place)
            FROM pg_class, pg_roles
            WHERE pg_class.oid = place AND relrowsecurity AND rolname = '{{schema}}_daemon'
                AND NOT (rolbypassrls OR rolsuper)
            LIMIT 1)
        END
    FROM {{schema}}.table_of(source.name) AS place
$$;

-- Puts back what a table has lost that was dropped and made anew, restored or renamed into place;
-- and gives a database that finds itself elsewhere (a copy, a restore) an identity of its own.
-- Returns what it mended, NULL: nothing. What it cannot mend, the view `missing` goes on naming.
CREATE FUNCTION {{schema}}.mend() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms'
AS $$
DECLARE
    source {{schema}}.sources;
    lack text;
    mended text;
BEGIN
    UPDATE {{schema}}.state
    SET database_id = gen_random_uuid(), home = {{schema}}.here(), fingerprint = '', outbox_from = '0'
    WHERE home <> {{schema}}.here();
    IF FOUND THEN
        mended := 'the identity of this database, which is a copy or was restored';
    END IF;

    FOR source IN SELECT * FROM {{schema}}.sources LOOP
        lack := {{schema}}.lacks(source);
        CONTINUE WHEN lack IS NULL OR lack ~ '^(table|column|a way) ';
        BEGIN
            PERFORM {{schema}}.stand_by(source.name);
            mended := concat_ws(', ', mended, lack);
        EXCEPTION
            WHEN lock_not_available THEN
                EXIT; -- the platform waits for what is locked by now: another time
            WHEN OTHERS THEN
                NULL;
        END;
    END LOOP;
    IF mended IS NOT NULL THEN
        INSERT INTO {{schema}}.outbox (reason) VALUES ('startup');
    END IF;
    RETURN mended;
END
$$;
