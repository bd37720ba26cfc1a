-- Step 001 of the clerk's store; docs/data-model.md explains it. Text is never NULL ('' when empty),
-- money is fen, times are UTC seconds, days are yyyymmdd.

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notice (
  id INTEGER PRIMARY KEY,
  payment_code TEXT NOT NULL,
  check_code TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  bill_date INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  payer_kind TEXT NOT NULL CHECK (payer_kind IN ('person', 'organisation')),
  payer_name TEXT NOT NULL,
  payer_id TEXT NOT NULL,
  mobile TEXT NOT NULL,
  memo TEXT NOT NULL,
  late_fee INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  clerk_code TEXT NOT NULL,
  clerk_name TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  row_key TEXT NOT NULL,
  grade TEXT NOT NULL,
  class_name TEXT NOT NULL,
  student_no TEXT NOT NULL,
  term TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('unpaid', 'paid', 'void', 'lapsed')),
  sync TEXT NOT NULL,
  refusal_code TEXT NOT NULL,
  refusal_text TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  paid_at INTEGER NOT NULL,
  pay_channel INTEGER NOT NULL,
  paid_by TEXT NOT NULL,
  trace_no TEXT NOT NULL,
  void_reason TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX notice_by_payment_code ON notice (payment_code) WHERE payment_code <> '';
-- A notice that the server refused frees its row: it may be issued again. One that was voided does not: what a person voided
-- must not come back because an import is run again.
CREATE UNIQUE INDEX notice_by_row_key ON notice (row_key)
  WHERE row_key <> '' AND sync <> 'refused';
-- The two orders of the list; both hold all that the list of ids needs.
CREATE INDEX notice_by_date ON notice (bill_date, id);
CREATE INDEX notice_by_state ON notice (state, bill_date, id);
CREATE INDEX notice_by_batch ON notice (batch_id) WHERE batch_id <> '';
CREATE INDEX notice_by_payment ON notice (paid_at) WHERE paid_at > 0;
CREATE INDEX notice_by_validity ON notice (valid_until) WHERE state = 'unpaid';
CREATE INDEX notice_draft ON notice (id) WHERE payment_code = '';

CREATE TABLE notice_item (
  notice_id INTEGER NOT NULL REFERENCES notice (id),
  position INTEGER NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  unit_of_measure TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  standard TEXT NOT NULL,
  min INTEGER NOT NULL,
  max INTEGER NOT NULL,
  PRIMARY KEY (notice_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE ebill (
  id INTEGER PRIMARY KEY,
  notice_id INTEGER NOT NULL REFERENCES notice (id),
  bill_type TEXT NOT NULL,
  code TEXT NOT NULL,
  number TEXT NOT NULL,
  check_code TEXT NOT NULL,
  url TEXT NOT NULL,
  refusal_code TEXT NOT NULL,
  refusal_text TEXT NOT NULL,
  sync TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL, -- 0 before
  content BLOB,
  file BLOB
) STRICT;

CREATE UNIQUE INDEX ebill_by_number ON ebill (number, code) WHERE number <> '';
CREATE INDEX ebill_by_notice ON ebill (notice_id, id);
-- A notice has at most one e-bill that was not refused.
CREATE UNIQUE INDEX ebill_live ON ebill (notice_id) WHERE sync <> 'refused';
CREATE INDEX ebill_by_acceptance ON ebill (accepted_at) WHERE accepted_at > 0;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  msg_id TEXT NOT NULL UNIQUE,
  msg_no TEXT NOT NULL,
  body BLOB, -- NULL once answered
  state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'refused', 'held')),
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_try_at INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  CHECK (body IS NOT NULL OR state = 'answered')
) STRICT;

CREATE INDEX outbox_open ON outbox (state, id) WHERE state <> 'answered';

CREATE TABLE outbox_subject (
  outbox_id INTEGER NOT NULL REFERENCES outbox (id),
  position INTEGER NOT NULL,
  subject_id INTEGER NOT NULL,
  PRIMARY KEY (outbox_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  user TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length (hash) = 32)
) STRICT;

CREATE INDEX audit_log_by_subject ON audit_log (subject, id);

-- Base data: a cache of what the finance server says, replaced as a whole.
CREATE TABLE base_data (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version TEXT NOT NULL,
  fetched_at INTEGER NOT NULL
) STRICT;

CREATE TABLE base_unit (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  credit_code TEXT NOT NULL,
  assigner TEXT NOT NULL,
  account_type TEXT NOT NULL,
  account_name TEXT NOT NULL,
  account TEXT NOT NULL,
  account_bank TEXT NOT NULL,
  account_bank_no TEXT NOT NULL
) STRICT;

CREATE TABLE base_user (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  roles TEXT NOT NULL
) STRICT;

CREATE TABLE base_holder (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  roles TEXT NOT NULL
) STRICT;

CREATE TABLE base_item (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  unit_of_measure TEXT NOT NULL,
  standard TEXT NOT NULL CHECK (standard IN ('fixed', 'free', 'range')),
  min INTEGER NOT NULL,
  max INTEGER NOT NULL,
  bill_type TEXT NOT NULL
) STRICT;

CREATE TABLE base_bill_type (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  version_name TEXT NOT NULL,
  electronic INTEGER NOT NULL,
  ebill_code TEXT NOT NULL,
  specimen TEXT NOT NULL,
  number_width INTEGER NOT NULL
) STRICT;

CREATE TABLE base_setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE base_holiday (
  day INTEGER PRIMARY KEY,
  working INTEGER NOT NULL CHECK (working IN (0, 1))
) STRICT;

CREATE TABLE code_lease (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  region TEXT NOT NULL,
  year INTEGER NOT NULL,
  assigner TEXT NOT NULL,
  first INTEGER NOT NULL CHECK (first >= 0),
  last INTEGER NOT NULL CHECK (last >= first),
  next INTEGER NOT NULL CHECK (next BETWEEN first AND last + 1),
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX code_lease_open ON code_lease (year, id) WHERE next <= last;
CREATE INDEX code_lease_numbers ON code_lease (region, year, assigner, first);

-- A sequence number is leased once and used once.
CREATE TRIGGER code_lease_overlap BEFORE INSERT ON code_lease
WHEN EXISTS (SELECT 1 FROM code_lease WHERE region = NEW.region AND year = NEW.year
             AND assigner = NEW.assigner AND first <= NEW.last AND last >= NEW.first)
BEGIN
  SELECT raise (ABORT, 'leases overlap');
END;
CREATE TRIGGER code_lease_reuse BEFORE UPDATE ON code_lease
WHEN NEW.next < OLD.next OR NEW.first <> OLD.first OR NEW.last <> OLD.last OR NEW.year <> OLD.year
     OR NEW.region <> OLD.region OR NEW.assigner <> OLD.assigner
BEGIN
  SELECT raise (ABORT, 'a leased number would be used again');
END;

CREATE TABLE import_batch (
  batch_id TEXT PRIMARY KEY,
  content_hash TEXT NOT NULL,
  kind TEXT NOT NULL,
  file_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (content_hash, kind)
) STRICT, WITHOUT ROWID;

-- Paper bills. Every number of a type and version stands in exactly one row.
CREATE TABLE stock_range (
  id INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  version TEXT NOT NULL,
  width INTEGER NOT NULL CHECK (width BETWEEN 1 AND 18),
  first INTEGER NOT NULL CHECK (first >= 0),
  last INTEGER NOT NULL CHECK (last >= first),
  holder TEXT NOT NULL CHECK (holder <> ''),
  state TEXT NOT NULL
    CHECK (state IN ('to-take-in', 'free', 'used', 'void', 'returned', 'written-off')),
  UNIQUE (type, version, width, first)
) STRICT;

-- Ranges do not overlap, so only the last one that starts at or before the new one's end can be in the way.
CREATE TRIGGER stock_range_overlap_insert BEFORE INSERT ON stock_range
WHEN (SELECT last FROM stock_range WHERE type = NEW.type AND version = NEW.version
      AND width = NEW.width AND first <= NEW.last ORDER BY first DESC LIMIT 1) >= NEW.first
BEGIN
  SELECT raise (ABORT, 'a bill number would be there twice');
END;
CREATE TRIGGER stock_range_fixed BEFORE UPDATE ON stock_range
BEGIN
  SELECT raise (ABORT, 'ranges are replaced, not changed');
END;

CREATE TABLE stock_movement (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL
    CHECK (kind IN ('receive', 'distribute', 'use', 'void', 'return', 'write-off')),
  type TEXT NOT NULL,
  version TEXT NOT NULL,
  width INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL CHECK (last >= first),
  from_holder TEXT NOT NULL,
  to_holder TEXT NOT NULL,
  reason TEXT NOT NULL,
  user TEXT NOT NULL,
  sync TEXT NOT NULL,
  refusal_code TEXT NOT NULL,
  refusal_text TEXT NOT NULL
) STRICT;

CREATE INDEX stock_movement_by_number ON stock_movement (width, first, last);

-- What the numbers of a movement were before it, so that a refused one can be taken back.
CREATE TABLE stock_movement_piece (
  movement_id INTEGER NOT NULL REFERENCES stock_movement (id),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL CHECK (last >= first),
  holder TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (movement_id, first)
) STRICT, WITHOUT ROWID;
