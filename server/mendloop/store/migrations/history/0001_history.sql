-- Every recorded call. Times are microseconds since 1970 in UTC; `call` is the SHA-256 of the
-- canonical text of the arguments.

CREATE TABLE executions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    target TEXT NOT NULL,
    at INTEGER NOT NULL,
    seconds REAL, -- NULL is NaN
    outcome TEXT NOT NULL,
    call BLOB NOT NULL,
    args TEXT NOT NULL,
    kwargs TEXT NOT NULL,
    result TEXT NOT NULL,
    error TEXT,
    expected TEXT NOT NULL,
    caller TEXT,
    session TEXT,
    version TEXT,
    fingerprint TEXT NOT NULL,
    whole INTEGER NOT NULL
) STRICT;

-- `seq` stands in each as a column: the order within a target, and no look at the row for `at`.
CREATE INDEX executions_by_seq ON executions (target, seq, at);
CREATE INDEX executions_by_outcome ON executions (target, outcome, seq, at);
-- All that a series needs.
CREATE INDEX executions_by_time ON executions (target, at, seq, outcome, seconds, fingerprint);
-- All that is needed to find the newest of each distinct call; without `whole` in it SQLite would
-- look at every row.
CREATE INDEX executions_by_call ON executions (target, call, outcome, at, seq, whole)
WHERE whole = 1;

-- Counted as they come, for a count of a million takes too long to be asked for at every turn.
CREATE TABLE tallies (
    target TEXT PRIMARY KEY NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER executions_counted AFTER INSERT ON executions
BEGIN
    INSERT INTO tallies (target, calls, failures, last)
    VALUES (NEW.target, 1, NEW.outcome <> 'ok', NEW.at)
    ON CONFLICT (target) DO UPDATE SET
        calls = calls + 1,
        failures = failures + excluded.failures,
        last = max(last, excluded.last);
END;

CREATE TRIGGER executions_counted_anew AFTER UPDATE OF outcome ON executions
BEGIN
    UPDATE tallies SET failures = failures + (NEW.outcome <> 'ok') - (OLD.outcome <> 'ok')
    WHERE target = NEW.target;
END;
