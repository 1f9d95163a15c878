-- Calls in half the bytes, found by numbers in place of texts, and what is counted as they come.
-- Times are microseconds since 1970 in UTC where a column is named `at`, `first` or `last`, and
-- seconds since 1970 where it is named `start`.

-- A target has a number for ever: those who write keep the numbers in memory.
CREATE TABLE targets (
    target INTEGER PRIMARY KEY,
    name TEXT UNIQUE NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    first INTEGER NOT NULL DEFAULT 0,
    last INTEGER NOT NULL DEFAULT 0,
    pulse BLOB NOT NULL DEFAULT x'' -- model/pulse.py
) STRICT;

-- By themselves, for whoever reads all pulses does not read these.
CREATE TABLE latencies (
    target INTEGER PRIMARY KEY,
    minute INTEGER NOT NULL, -- the newest of the pulse when they were packed; -1 is none
    latencies BLOB NOT NULL -- model/pulse.py
) STRICT;
-- What came since: it is merged when it is read, or is much. By far most batches only add here.
CREATE TABLE loose (
    target INTEGER PRIMARY KEY,
    entries BLOB NOT NULL
) STRICT;

CREATE TABLE versions (
    version INTEGER PRIMARY KEY, -- 0 stands for none elsewhere, and is not in here
    digest TEXT UNIQUE NOT NULL
) STRICT;

-- What many calls have in common. Numbers are for ever here too.
CREATE TABLE contexts (
    context INTEGER PRIMARY KEY,
    caller TEXT,
    session TEXT,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    whole INTEGER NOT NULL
) STRICT;
CREATE INDEX contexts_by_session ON contexts (session, caller, version);

CREATE TABLE calls (
    seq INTEGER PRIMARY KEY,
    id TEXT UNIQUE NOT NULL,
    target INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seconds REAL, -- NULL is NaN
    outcome INTEGER NOT NULL, -- 0 ok, 1 error, 2 timeout, 3 wrong
    context INTEGER NOT NULL,
    fingerprint TEXT, -- NULL is none
    body TEXT NOT NULL -- JSON: [args, kwargs, result, expected, error], without nulls at its end
) STRICT;
-- What a call saw of the world, of the few of which that is kept: by itself, for whoever looks for
-- calls does not read it.
CREATE TABLE worlds (
    seq INTEGER PRIMARY KEY,
    told BLOB NOT NULL, -- stands for its exchanges and files
    world TEXT NOT NULL -- JSON, as model/world.py writes it
) STRICT;
CREATE TRIGGER worlds_end AFTER DELETE ON calls BEGIN
    DELETE FROM worlds WHERE seq = old.seq;
END;
-- `seq` follows in each by itself.
CREATE INDEX calls_by_target ON calls (target);
CREATE INDEX calls_by_time ON calls (target, at);
CREATE INDEX calls_failed ON calls (target, seq, outcome, at) WHERE outcome <> 0;
CREATE INDEX calls_failed_by_kind ON calls (target, fingerprint, at) WHERE outcome <> 0;

-- By target, version and hour, and by day for what is older than `days_until`. The time comes
-- first: what one batch adds to lies together.
CREATE TABLE hours (
    target INTEGER NOT NULL,
    start INTEGER NOT NULL,
    seconds INTEGER NOT NULL, -- 3600 or 86400
    version INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    sketch BLOB NOT NULL, -- model/sketch.py
    PRIMARY KEY (start, seconds, target, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE hour_names (
    target INTEGER NOT NULL,
    start INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    version INTEGER NOT NULL,
    what INTEGER NOT NULL, -- 0 calls by caller, 1 failures by fingerprint
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (start, seconds, target, version, what, name)
) STRICT, WITHOUT ROWID;
-- All targets together: also the list of the hours and days there are.
CREATE TABLE totals (
    start INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (start, seconds)
) STRICT, WITHOUT ROWID;

-- Failures by five minutes, since `days_until`: all targets and kinds of one start in one text of
-- bytes, for detection reads all of them, and to read a row for each would cost the most of it.
CREATE TABLE cells (
    start INTEGER PRIMARY KEY,
    body BLOB NOT NULL -- model/cells.py
) STRICT;
-- The numbers of fingerprints in there.
CREATE TABLE fingerprints (
    fingerprint INTEGER PRIMARY KEY,
    name TEXT UNIQUE NOT NULL
) STRICT;
CREATE TABLE kinds (
    target INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (target, fingerprint)
) STRICT, WITHOUT ROWID;

-- How far each file of executions has been read, in bytes.
CREATE TABLE marks (
    name TEXT PRIMARY KEY NOT NULL,
    offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    excerpt TEXT NOT NULL
) STRICT;

CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    stale INTEGER NOT NULL, -- whether the rollups have to be made anew from the calls
    days_until INTEGER NOT NULL, -- seconds since 1970: what is older is counted by day
    removed INTEGER NOT NULL, -- calls that compaction has taken out; their counts stay
    removed_to INTEGER NOT NULL -- the time of the newest of them
) STRICT;
INSERT INTO ledger VALUES (1, EXISTS (SELECT 1 FROM executions), 0, 0, -9223372036854775807);

-- What the first version kept.
INSERT INTO targets (name) SELECT DISTINCT target FROM executions;
INSERT INTO versions (digest) SELECT DISTINCT version FROM executions WHERE version IS NOT NULL;
INSERT INTO contexts (caller, session, version, source, whole)
SELECT DISTINCT caller, session, coalesce(versions.version, 0), 'import', whole
FROM executions LEFT JOIN versions ON digest = executions.version;
INSERT INTO calls
SELECT
    seq,
    id,
    targets.target,
    at,
    seconds,
    CASE outcome WHEN 'ok' THEN 0 WHEN 'error' THEN 1 WHEN 'timeout' THEN 2 ELSE 3 END,
    context,
    nullif(fingerprint, ''),
    '[' || args || ',' || kwargs || ',' || result || ',' || expected || ','
    || coalesce(error, 'null') || ']'
FROM executions
JOIN targets ON targets.name = executions.target
LEFT JOIN versions ON digest = executions.version
JOIN contexts ON contexts.session IS executions.session AND contexts.caller IS executions.caller
AND contexts.version = coalesce(versions.version, 0) AND contexts.whole = executions.whole
ORDER BY seq;
DROP TABLE executions;
DROP TABLE tallies;
