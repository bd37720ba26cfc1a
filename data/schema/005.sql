-- Step 005: sync; docs/data-model.md explains it.

-- What the server refused of a message and nobody has dealt with yet: corrected, given up or looked at.
ALTER TABLE outbox_subject ADD COLUMN refused INTEGER NOT NULL DEFAULT 0 CHECK (refused IN (0, 1));
CREATE INDEX outbox_subject_refused ON outbox_subject (outbox_id) WHERE refused = 1;
