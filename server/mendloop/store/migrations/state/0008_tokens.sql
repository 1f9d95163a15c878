-- Who may speak to the server over HTTP. A row is never deleted: that tokens were ever made keeps
-- the door closed after the last of them is gone.

CREATE TABLE tokens (
    digest TEXT PRIMARY KEY NOT NULL, -- SHA-256 of the secret, which is not kept
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    expires INTEGER,
    resource TEXT NOT NULL DEFAULT '',
    used INTEGER, -- a day
    revoked INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tokens_by_name ON tokens (name) WHERE revoked IS NULL;
CREATE TRIGGER tokens_are_never_deleted BEFORE DELETE ON tokens
BEGIN
    SELECT raise(ABORT, 'a token is revoked, not deleted');
END;
CREATE TRIGGER tokens_are_never_given_back BEFORE UPDATE OF revoked ON tokens
WHEN OLD.revoked IS NOT NULL
BEGIN
    SELECT raise(ABORT, 'a revoked token stays revoked');
END;
