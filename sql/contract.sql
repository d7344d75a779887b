-- The contract: the eight functions that the boards are computed from. A platform's file defines each by
-- one call of define(), or, if it has to, by CREATE FUNCTION.
--
-- They are STABLE and of one SELECT, whose text PostgreSQL puts into the query that calls them, as it
-- does a view's. But unlike a view, nothing depends on the platform's tables: their owner may drop,
-- alter and make them anew at will.

-- Defines one of them by a SELECT, whose columns are cast to what they should be. Without one there is
-- nothing of the kind; and the competition is what `scoreboardctl competition` has set, its start, freeze
-- and end the moments at which boards change.
CREATE FUNCTION {{schema}}.define(function text, body text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $define$
DECLARE
    arguments text;
    columns text;
BEGIN
    SELECT given.arguments, given.columns, coalesce(body, given.otherwise) INTO arguments, columns, body
    FROM (VALUES
        ('competition', '', 'name text, starts_at timestamptz, freezes_at timestamptz, ends_at timestamptz, '
            'visible boolean, tie_rule text',
            'SELECT name, starts_at, freezes_at, ends_at, visible, tie_rule FROM {{schema}}.settings'),
        ('boundaries', '', 'at timestamptz',
            'SELECT unnest(ARRAY[starts_at, freezes_at, ends_at]) FROM {{schema}}.competition()'),
        ('divisions', '', 'id bigint, name text', NULL),
        ('challenges', 'until timestamptz', 'id bigint, title text, category text, formula text,
            initial_points integer, minimum_points integer, decay integer, breaks_ties boolean', NULL),
        ('teams', 'until timestamptz', 'id bigint, name text, division_id bigint, tie bigint', NULL),
        ('users', 'until timestamptz', 'id bigint, name text, team_id bigint, division_id bigint, tie bigint', NULL),
        ('solves', 'until timestamptz', 'user_id bigint, team_id bigint, challenge_id bigint,
            solved_at timestamptz, points integer', NULL),
        ('awards', 'until timestamptz', 'user_id bigint, team_id bigint, points integer,
            awarded_at timestamptz', NULL)
    ) AS given (name, arguments, columns, otherwise)
    WHERE given.name = function;
    IF columns IS NULL THEN
        RAISE EXCEPTION 'the boards are made of no such function';
    END IF;
    EXECUTE format('CREATE FUNCTION {{schema}}.%I(%s) RETURNS TABLE (%s) LANGUAGE sql STABLE AS %L', function,
        arguments, columns, format(E'SELECT %s FROM (%s\n) AS given (%s)',
            regexp_replace(columns, '(\w+) (\w+)', '\1::\2', 'g'),
            coalesce(body, 'SELECT ' || regexp_replace(columns, '\w+ \w+', 'NULL', 'g') || ' WHERE false'),
            regexp_replace(columns, '(\w+) \w+', '\1', 'g')));
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'define(%): %', function, SQLERRM USING ERRCODE = SQLSTATE;
END
$define$;
