-- What the loop knows of each file of a target: what it has put there or has accepted, and what
-- the last look found. Where the two differ somebody else has changed the file.

CREATE TABLE files (
    path TEXT PRIMARY KEY NOT NULL,
    targets TEXT NOT NULL, -- JSON: the name of each target in it, with what it selects
    expected TEXT NOT NULL,
    held TEXT NOT NULL,
    stamp TEXT NOT NULL, -- of the last look; while it stays so do the bytes; empty: look at them
    ours_from INTEGER NOT NULL,
    ours_until INTEGER NOT NULL, -- surely; the last time that somebody looked for the sake of it
    noticed INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX files_drifted ON files (path) WHERE held <> expected;

-- The digest of the report on which a version was deployed; empty where there was none.
ALTER TABLE versions ADD COLUMN report TEXT NOT NULL DEFAULT '';
-- What of the file the target is: it is known by it when it is declared elsewhere.
ALTER TABLE versions ADD COLUMN selector TEXT NOT NULL DEFAULT '';
CREATE INDEX versions_by_author ON versions (author, at);
