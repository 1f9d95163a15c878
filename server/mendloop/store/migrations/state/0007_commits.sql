-- What became of deployments in the workspace's repository, and deployments handed over there.

CREATE TABLE commits (
    deployment TEXT PRIMARY KEY NOT NULL REFERENCES deployments (id) DEFERRABLE INITIALLY DEFERRED,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    branch TEXT NOT NULL,
    oid TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX commits_wanted ON commits (deployment) WHERE state = 'wanted';
CREATE INDEX deployments_handed_over ON deployments (seq) WHERE progress = 'handed_over';

-- A proposal that lies on a branch waits for nobody here.
DROP TRIGGER proposal_deployed;
DROP TRIGGER proposal_deployed_further;

CREATE TRIGGER proposal_deployed AFTER INSERT ON deployments
WHEN NEW.proposal IS NOT NULL
BEGIN
    UPDATE proposals SET waiting = NOT EXISTS (
        SELECT 1 FROM deployments WHERE proposal = NEW.proposal
        AND progress IN ('prepared', 'applying', 'committed', 'handed_over')
    ) AND NOT EXISTS (SELECT 1 FROM rejections WHERE proposal = NEW.proposal)
    WHERE id = NEW.proposal;
END;

CREATE TRIGGER proposal_deployed_further AFTER UPDATE OF progress ON deployments
WHEN NEW.proposal IS NOT NULL
BEGIN
    UPDATE proposals SET waiting = NOT EXISTS (
        SELECT 1 FROM deployments WHERE proposal = NEW.proposal
        AND progress IN ('prepared', 'applying', 'committed', 'handed_over')
    ) AND NOT EXISTS (SELECT 1 FROM rejections WHERE proposal = NEW.proposal)
    WHERE id = NEW.proposal;
END;

-- How often each action of the loop came to which end, over all processes and restarts.
CREATE TABLE action_counts (
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    times INTEGER NOT NULL,
    microseconds INTEGER NOT NULL,
    PRIMARY KEY (action, outcome)
) STRICT, WITHOUT ROWID;

-- How many entries of each kind the audit has, so that nobody has to read it all to count them.
CREATE TABLE audit_counts (
    event TEXT NOT NULL,
    code TEXT NOT NULL,
    entries INTEGER NOT NULL,
    PRIMARY KEY (event, code)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_counts (event, code, entries)
SELECT event, CASE WHEN event GLOB '*_refused' AND json_valid(facts)
    THEN coalesce(json_extract(facts, '$.code'), '') ELSE '' END, count(*)
FROM audit GROUP BY 1, 2;
