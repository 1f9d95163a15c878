-- What the loop has found, proposed, tested, allowed, deployed and learned.
-- Times are microseconds since 1970 in UTC. References are checked at the commit, so that the rows
-- of one transaction may come in any order.

CREATE TABLE incidents (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    priority REAL, -- NULL is NaN
    summary TEXT NOT NULL,
    numbers TEXT NOT NULL,
    fingerprints TEXT NOT NULL,
    opened INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
-- 'open' comes before 'resolved'
CREATE INDEX incidents_by_urgency ON incidents (state, priority DESC, updated DESC, id);
CREATE INDEX incidents_of_target ON incidents (target, state, priority DESC, updated DESC, id);
CREATE UNIQUE INDEX incidents_open_once ON incidents (kind, target) WHERE state = 'open';

CREATE TABLE diagnoses (
    target TEXT PRIMARY KEY NOT NULL,
    incident TEXT REFERENCES incidents (id) DEFERRABLE INITIALLY DEFERRED,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE proposals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    change TEXT NOT NULL,
    targets TEXT NOT NULL,
    files TEXT NOT NULL,
    kind TEXT NOT NULL,
    flags TEXT NOT NULL,
    findings TEXT NOT NULL,
    origin TEXT NOT NULL,
    rationale TEXT NOT NULL,
    incident TEXT REFERENCES incidents (id) DEFERRABLE INITIALLY DEFERRED,
    at INTEGER NOT NULL,
    changed_lines INTEGER NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 1 -- neither deployed nor rejected; kept by triggers
) STRICT;
CREATE INDEX proposals_by_change ON proposals (change);
CREATE INDEX proposals_waiting ON proposals (seq) WHERE waiting = 1;

CREATE TABLE proposal_targets (
    target TEXT NOT NULL,
    proposal INTEGER NOT NULL REFERENCES proposals (seq) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (target, proposal)
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal TEXT NOT NULL REFERENCES proposals (id) DEFERRABLE INITIALLY DEFERRED,
    verdict TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX reports_of_proposal ON reports (proposal);

CREATE TABLE approvals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    proposal TEXT NOT NULL REFERENCES proposals (id) DEFERRABLE INITIALLY DEFERRED,
    change TEXT NOT NULL,
    report TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    spent_on TEXT REFERENCES deployments (id) DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (change, report, proposal, author, at)
) STRICT;

CREATE TABLE rejections (
    proposal TEXT PRIMARY KEY NOT NULL REFERENCES proposals (id) DEFERRABLE INITIALLY DEFERRED,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE deployments (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    kind TEXT NOT NULL,
    targets TEXT NOT NULL,
    files TEXT NOT NULL,
    proposal TEXT REFERENCES proposals (id) DEFERRABLE INITIALLY DEFERRED,
    undoes TEXT REFERENCES deployments (id) DEFERRABLE INITIALLY DEFERRED,
    progress TEXT NOT NULL,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    conflicts TEXT NOT NULL
) STRICT;
CREATE INDEX deployments_by_time ON deployments (kind, at, progress);
CREATE INDEX deployments_of_proposal ON deployments (proposal, progress);
CREATE INDEX deployments_unfinished ON deployments (seq)
WHERE progress IN ('prepared', 'applying');

CREATE TABLE deployment_targets (
    target TEXT NOT NULL,
    deployment INTEGER NOT NULL REFERENCES deployments (seq) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (target, deployment)
) STRICT, WITHOUT ROWID;

CREATE TABLE deployment_paths (
    path TEXT NOT NULL,
    deployment INTEGER NOT NULL REFERENCES deployments (seq) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (path, deployment)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER proposal_rejected AFTER INSERT ON rejections
BEGIN
    UPDATE proposals SET waiting = 0 WHERE id = NEW.proposal;
END;

CREATE TRIGGER proposal_deployed AFTER INSERT ON deployments
WHEN NEW.proposal IS NOT NULL
BEGIN
    UPDATE proposals SET waiting = NOT EXISTS (
        SELECT 1 FROM deployments
        WHERE proposal = NEW.proposal AND progress IN ('prepared', 'applying', 'committed')
    ) AND NOT EXISTS (SELECT 1 FROM rejections WHERE proposal = NEW.proposal)
    WHERE id = NEW.proposal;
END;

CREATE TRIGGER proposal_deployed_further AFTER UPDATE OF progress ON deployments
WHEN NEW.proposal IS NOT NULL
BEGIN
    UPDATE proposals SET waiting = NOT EXISTS (
        SELECT 1 FROM deployments
        WHERE proposal = NEW.proposal AND progress IN ('prepared', 'applying', 'committed')
    ) AND NOT EXISTS (SELECT 1 FROM rejections WHERE proposal = NEW.proposal)
    WHERE id = NEW.proposal;
END;

CREATE TABLE watches (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment TEXT NOT NULL REFERENCES deployments (id) DEFERRABLE INITIALLY DEFERRED,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    started INTEGER NOT NULL,
    version TEXT NOT NULL,
    baseline_calls INTEGER NOT NULL,
    baseline_failures INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    cursor INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    summary TEXT NOT NULL,
    UNIQUE (deployment, target)
) STRICT;
CREATE INDEX watches_active ON watches (seq) WHERE state = 'watching';
CREATE INDEX watches_active_for ON watches (target, seq) WHERE state = 'watching';

CREATE TABLE versions (
    target TEXT NOT NULL,
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    parent INTEGER,
    deployment TEXT REFERENCES deployments (id) DEFERRABLE INITIALLY DEFERRED,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (target, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX versions_by_path ON versions (path, at);

CREATE TABLE lessons (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment TEXT NOT NULL REFERENCES deployments (id) DEFERRABLE INITIALLY DEFERRED,
    target TEXT NOT NULL,
    fingerprints TEXT NOT NULL,
    origin TEXT NOT NULL,
    outcome TEXT NOT NULL,
    rate_before REAL, -- NULL is NaN, here and below
    rate_after REAL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE lesson_fingerprints (
    fingerprint TEXT NOT NULL,
    lesson INTEGER NOT NULL REFERENCES lessons (seq) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (fingerprint, lesson)
) STRICT, WITHOUT ROWID;

CREATE TABLE stop (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    facts TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
BEGIN
    SELECT raise(ABORT, 'the audit is append-only');
END;

-- The last link once more, so that entries cut off at the end are missed.
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (one, seq, digest)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
