-- Step 002: the personal data, sealed; docs/data-model.md explains it. What older stores hold in plain waits in the tables plain_… until somebody with the
-- key opens the store (kai-vault-store.c), which drops them. Run with foreign keys off, since tables that others refer to are made anew.

CREATE TABLE plain_notice (
  id INTEGER PRIMARY KEY,
  payer_name TEXT NOT NULL,
  payer_id TEXT NOT NULL,
  mobile TEXT NOT NULL,
  memo TEXT NOT NULL,
  student_no TEXT NOT NULL,
  refusal_text TEXT NOT NULL,
  paid_by TEXT NOT NULL,
  void_reason TEXT NOT NULL,
  row_key TEXT NOT NULL
) STRICT;
INSERT INTO plain_notice
  SELECT id, payer_name, payer_id, mobile, memo, student_no, refusal_text, paid_by, void_reason, row_key FROM notice;

-- sealed: name, identity number or credit code, mobile, memo, student number of the payer. sealed_outcome: the words of a refusal, who really paid, why it was
-- voided; NULL when there are none. row_key is made with the store's key.
CREATE TABLE notice_002 (
  id INTEGER PRIMARY KEY,
  payment_code TEXT NOT NULL,
  check_code TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  bill_date INTEGER NOT NULL,
  valid_until INTEGER NOT NULL,
  payer_kind TEXT NOT NULL CHECK (payer_kind IN ('person', 'organisation')),
  late_fee INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  clerk_code TEXT NOT NULL,
  clerk_name TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  row_key TEXT NOT NULL,
  grade TEXT NOT NULL,
  class_name TEXT NOT NULL,
  term TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('unpaid', 'paid', 'void', 'lapsed')),
  sync TEXT NOT NULL,
  refusal_code TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  paid_at INTEGER NOT NULL,
  pay_channel INTEGER NOT NULL,
  trace_no TEXT NOT NULL,
  sealed BLOB NOT NULL,
  sealed_outcome BLOB
) STRICT;
INSERT INTO notice_002
  SELECT id, payment_code, check_code, unit_code, bill_date, valid_until, payer_kind, late_fee, amount, clerk_code, clerk_name,
    batch_id, '', grade, class_name, term, state, sync, refusal_code, created_at, updated_at, paid_at, pay_channel, trace_no,
    zeroblob (0), NULL FROM notice;
DROP TABLE notice;
ALTER TABLE notice_002 RENAME TO notice;

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

-- E-bills: content and file are sealed where they are; the server's words move.
CREATE TABLE plain_ebill (
  id INTEGER PRIMARY KEY,
  refusal_text TEXT NOT NULL,
  content BLOB,
  file BLOB
) STRICT;
INSERT INTO plain_ebill SELECT id, refusal_text, content, file FROM ebill;
UPDATE ebill SET content = NULL, file = NULL;
ALTER TABLE ebill DROP COLUMN refusal_text;
ALTER TABLE ebill ADD COLUMN sealed_outcome BLOB;

-- The outbox: body is sealed where it is, last_error becomes a sealed one.
CREATE TABLE plain_outbox (
  id INTEGER PRIMARY KEY,
  last_error TEXT NOT NULL,
  body BLOB
) STRICT;
INSERT INTO plain_outbox SELECT id, last_error, body FROM outbox;
UPDATE outbox SET body = zeroblob (0) WHERE body IS NOT NULL;
ALTER TABLE outbox DROP COLUMN last_error;
ALTER TABLE outbox ADD COLUMN sealed_error BLOB;

-- Movements of paper bills: what a person wrote and the server's words.
CREATE TABLE plain_movement (
  id INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  refusal_text TEXT NOT NULL
) STRICT;
INSERT INTO plain_movement SELECT id, reason, refusal_text FROM stock_movement;
ALTER TABLE stock_movement DROP COLUMN reason;
ALTER TABLE stock_movement DROP COLUMN refusal_text;
ALTER TABLE stock_movement ADD COLUMN sealed_words BLOB; -- reason, words of a refusal

-- A file may be named after a person, and the hash of a short one can be found by trying: one is sealed, the other made with the key.
CREATE TABLE plain_batch (
  batch_id TEXT PRIMARY KEY,
  content_hash TEXT NOT NULL,
  file_name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO plain_batch SELECT batch_id, content_hash, file_name FROM import_batch;
UPDATE import_batch SET content_hash = batch_id; -- unique until it has its own again
ALTER TABLE import_batch DROP COLUMN file_name;
ALTER TABLE import_batch ADD COLUMN sealed_name BLOB;

-- The data key, wrapped for one certificate: only its key store gets it out again.
CREATE TABLE vault_wrap (
  certificate TEXT PRIMARY KEY, -- SHA-256 of the DER bytes, hexadecimal
  user TEXT NOT NULL,
  unit TEXT NOT NULL,
  der BLOB NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who tried to open the store and could not; somebody who can lets them in.
CREATE TABLE vault_applicant (
  certificate TEXT PRIMARY KEY,
  der BLOB NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Certificates of the users in the base data; replaced with it.
CREATE TABLE base_certificate (
  position INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  user_code TEXT NOT NULL,
  certificate TEXT NOT NULL -- DER in base64
) STRICT;
