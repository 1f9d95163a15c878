-- What is used up of the limits, what a change's targets may do, and what a deployment came to.

CREATE TABLE spent (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    name TEXT NOT NULL
) STRICT;
CREATE INDEX spent_of_late ON spent (what, at, amount);

-- Numbers of which only the newest counts.
CREATE TABLE marks (
    name TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE proposals ADD COLUMN effects TEXT NOT NULL DEFAULT '[]';

-- Which rollbacks have taken a deployment back.
CREATE INDEX deployments_undone_by ON deployments (undoes, at) WHERE undoes IS NOT NULL;
