-- An approval is a signature under a manifest; one from before has none and is good for nothing.

ALTER TABLE approvals ADD COLUMN manifest TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN signature TEXT NOT NULL DEFAULT '';
ALTER TABLE approvals ADD COLUMN signer TEXT NOT NULL DEFAULT '';

-- A manifest has a nonce in it: what was signed once is an approval once.
CREATE UNIQUE INDEX approvals_manifest_once ON approvals (manifest) WHERE manifest <> '';
