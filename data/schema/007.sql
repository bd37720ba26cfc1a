-- Step 007: the window; docs/data-model.md explains it. Whatever is sealed holds personal data.

-- The address book. identity is a blind token of what makes two entries the same payer.
CREATE TABLE payer (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('person', 'organisation')),
  identity TEXT NOT NULL UNIQUE,
  sealed BLOB NOT NULL,
  uses INTEGER NOT NULL,
  used_at INTEGER NOT NULL, -- 0 never
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX payer_by_use ON payer (used_at, id);

-- Blind tokens of parts of names, initials and numbers.
CREATE TABLE payer_token (
  token TEXT NOT NULL,
  payer_id INTEGER NOT NULL REFERENCES payer (id) ON DELETE CASCADE,
  PRIMARY KEY (token, payer_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX payer_token_by_payer ON payer_token (payer_id);

CREATE TABLE notice_template (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slot INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 9), -- the key it is on, 0 none
  name BLOB NOT NULL, -- sealed: clerks put names of payers into it
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX notice_template_by_slot ON notice_template (slot) WHERE slot > 0;

-- What is being typed, and what came back: notice_id the refused notice, review_id the one that was sent back.
CREATE TABLE draft (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user TEXT NOT NULL,
  notice_id INTEGER NOT NULL,
  review_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX draft_by_user ON draft (user, updated_at);
CREATE UNIQUE INDEX draft_by_notice ON draft (notice_id) WHERE notice_id > 0;
CREATE UNIQUE INDEX draft_by_review ON draft (review_id) WHERE review_id > 0;

-- Notices that a second person checks before they are issued.
CREATE TABLE notice_review (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent-back', 'approved', 'withdrawn')),
  maker TEXT NOT NULL,
  maker_name TEXT NOT NULL,
  checker TEXT NOT NULL, -- '' before
  reason BLOB,           -- sealed: why it was sent back
  batch_id TEXT NOT NULL,
  row_key TEXT NOT NULL,
  amount INTEGER NOT NULL,
  corrects INTEGER NOT NULL,  -- the refused notice whose content this is to be, 0 for a new one
  notice_id INTEGER NOT NULL, -- once approved
  sealed BLOB,                -- NULL once approved or withdrawn
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (state NOT IN ('waiting', 'sent-back') OR sealed IS NOT NULL),
  CHECK (state <> 'approved' OR (checker <> '' AND checker <> maker))
) STRICT;

CREATE INDEX notice_review_open ON notice_review (state, id) WHERE state IN ('waiting', 'sent-back');
CREATE INDEX notice_review_by_notice ON notice_review (notice_id) WHERE notice_id > 0;
CREATE UNIQUE INDEX notice_review_by_corrected ON notice_review (corrects)
  WHERE corrects > 0 AND state IN ('waiting', 'sent-back');
CREATE UNIQUE INDEX notice_review_by_row_key ON notice_review (row_key)
  WHERE row_key <> '' AND state IN ('waiting', 'sent-back');

-- The list of notices in the order of their amounts.
CREATE INDEX notice_by_amount ON notice (amount, id);

-- What was sent about one notice.
CREATE INDEX outbox_subject_by_subject ON outbox_subject (subject_id);
