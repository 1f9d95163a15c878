-- The life of an incident: several targets, coming back, muted, ended and why.

ALTER TABLE incidents ADD COLUMN others TEXT NOT NULL DEFAULT '[]';
ALTER TABLE incidents ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN reopened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incidents ADD COLUMN muted_until INTEGER;
ALTER TABLE incidents ADD COLUMN muted_priority REAL DEFAULT 0; -- NULL is NaN
ALTER TABLE incidents ADD COLUMN ended TEXT NOT NULL DEFAULT '';
ALTER TABLE incidents ADD COLUMN settled INTEGER NOT NULL DEFAULT 0; -- 1: a person has ended it

-- One problem is one incident for as long as it lasts, whether or not it is heard of.
DROP INDEX incidents_open_once;
CREATE UNIQUE INDEX incidents_live_once ON incidents (kind, target, key) WHERE state <> 'resolved';
-- What several targets share goes by its key, whichever of them is the first by name.
CREATE UNIQUE INDEX incidents_shared_once ON incidents (kind, key)
WHERE state <> 'resolved' AND kind IN ('correlated', 'duplicate') AND key <> '';

-- What may come back: what ended of late, and what a person has ended.
CREATE INDEX incidents_ended ON incidents (updated) WHERE state = 'resolved';
CREATE INDEX incidents_settled ON incidents (settled) WHERE state = 'resolved' AND settled = 1;

-- Since when a target is known to be declared: one that is new is not unused.
CREATE TABLE declared (
    target TEXT PRIMARY KEY NOT NULL,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
