-- What should be here and is not: `scoreboardctl status` names it, `migrate` puts it right.
--
-- Others take our things away without knowing: a platform that makes a table anew takes its triggers
-- along, a restore may leave triggers disabled or rights out, an index whose building was cut short
-- is there but not valid, and a column that was renamed is in no function of the platform's file.

-- Tries each function of the platform's file, as whoever asks: it must be planned and may be begun.
CREATE FUNCTION {{schema}}.broken() RETURNS TABLE (what text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    call text;
BEGIN
    FOREACH call IN ARRAY ARRAY['competition()', 'divisions()', 'boundaries()',
        'challenges(''infinity'')', 'teams(''infinity'')', 'users(''infinity'')',
        'solves(''infinity'')', 'awards(''infinity'')']
    LOOP
        BEGIN
            EXECUTE format('SELECT FROM {{schema}}.%s LIMIT 0', call);
        EXCEPTION WHEN OTHERS THEN
            what := format('function {{schema}}.%s (%s)', split_part(call, '(', 1), SQLERRM);
            RETURN NEXT;
        END;
    END LOOP;
END
$$;

-- Indexes that are not there, or not valid, and how to make them. A partitioned table goes without,
-- since its index cannot be built beside the writers; so does one of another owner than ours.
CREATE VIEW {{schema}}.unbuilt AS
SELECT wanted.name,
    format('DROP INDEX CONCURRENTLY IF EXISTS {{platform}}.%I', wanted.name) AS remove,
    format('CREATE INDEX CONCURRENTLY %I ON %s %s', wanted.name, place, sources.index) AS build
FROM {{schema}}.sources,
    {{schema}}.name_of('index', sources.name) AS wanted (name),
    {{schema}}.table_of(sources.name) AS place JOIN pg_class ON pg_class.oid = place
WHERE sources.index IS NOT NULL AND relkind = 'r'
    AND pg_has_role((SELECT nspowner FROM pg_namespace WHERE nspname = '{{schema}}'), relowner, 'USAGE')
    AND NOT EXISTS (
    SELECT FROM pg_index JOIN pg_class AS built ON built.oid = indexrelid
    WHERE indrelid = place AND built.relname = wanted.name AND indisvalid);

CREATE VIEW {{schema}}.missing AS
SELECT format('the row of {{schema}}.%s', name) AS what
FROM (
    SELECT 'state' WHERE NOT EXISTS (SELECT FROM {{schema}}.state)
    UNION ALL
    SELECT 'settings' WHERE NOT EXISTS (SELECT FROM {{schema}}.settings)
) AS lost (name)

UNION ALL
SELECT 'the identity of this database, which is a copy or was restored'
FROM {{schema}}.state WHERE home <> {{schema}}.here()

UNION ALL
SELECT 'table {{schema}}.outbox' WHERE to_regclass('{{schema}}.outbox') IS NULL

UNION ALL
SELECT lack
FROM {{schema}}.sources, {{schema}}.lacks(sources) AS lack
WHERE lack IS NOT NULL

UNION ALL
SELECT what FROM {{schema}}.broken()

UNION ALL
SELECT format('index %s.%I', to_regnamespace('{{platform}}'), name) FROM {{schema}}.unbuilt

UNION ALL
SELECT 'the right of {{schema}}_daemon to read this'
WHERE NOT has_table_privilege('{{schema}}_daemon', '{{schema}}.missing', 'SELECT')
    OR NOT has_schema_privilege('{{schema}}_daemon', '{{schema}}', 'USAGE');

GRANT SELECT ON {{schema}}.missing, {{schema}}.unbuilt TO {{schema}}_daemon;
