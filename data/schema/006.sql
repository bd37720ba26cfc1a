-- Step 006: import; docs/data-model.md explains it.

-- What the columns of a list are, remembered under the hash of its headers. No personal data.
CREATE TABLE import_layout (
  shape TEXT PRIMARY KEY,
  layout TEXT NOT NULL,
  used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The files of a batch: the list, the list after it was mended, the workbook of its bad rows. Hash and name are keyed.
CREATE TABLE import_file (
  content_hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  batch_id TEXT NOT NULL REFERENCES import_batch (batch_id),
  name_token TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (content_hash, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_file_by_name ON import_file (name_token, kind);

-- Who owes what: a blind token of payer, item and term for each item of a notice (kai-claim-store.c).
CREATE TABLE notice_claim (
  token TEXT NOT NULL,
  notice_id INTEGER NOT NULL REFERENCES notice (id),
  PRIMARY KEY (token, notice_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_claim_by_notice ON notice_claim (notice_id);
-- Notices that were here before have no tokens yet: they are made once, when the key is there.
INSERT INTO setting (key, value)
  SELECT 'claims_due', max (id) FROM notice HAVING max (id) IS NOT NULL;

-- Who was told again of a notice that is not paid, when, and how. The text is not kept: it is that of the template then.
CREATE TABLE notice_reminder (
  id INTEGER PRIMARY KEY,
  notice_id INTEGER NOT NULL REFERENCES notice (id),
  at INTEGER NOT NULL,
  user TEXT NOT NULL,
  way TEXT NOT NULL -- 'sms', 'paper', 'phone'
) STRICT;
CREATE INDEX notice_reminder_by_notice ON notice_reminder (notice_id, at);
-- Lists by term: who is new, who has left, who has not paid.
CREATE INDEX notice_by_term ON notice (term, class_name) WHERE term <> '';
