-- Leave that people have given beforehand, and what it is checked against.

CREATE TABLE standings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    author TEXT NOT NULL,
    signer TEXT NOT NULL,
    policy TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    text TEXT NOT NULL,
    signature TEXT NOT NULL,
    revoked INTEGER -- when; NULL while it stands
) STRICT;
CREATE INDEX standings_live ON standings (seq) WHERE revoked IS NULL;

-- The name of these records: what was signed for others does not count here.
CREATE TABLE records (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
) STRICT;
INSERT INTO records (one, name) VALUES (1, lower(hex(randomblob(16))));

-- What was done is counted, and what was tested is looked up, in the audit.
CREATE INDEX audit_by_event ON audit (event, seq);
