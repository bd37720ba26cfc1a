-- The training server's own database. Money in fen, times UTC seconds, days yyyymmdd, codes text.

-- Base data: what the finance bureau decides.
CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE unit (
  code            TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  region          TEXT NOT NULL,
  credit_code     TEXT NOT NULL,
  assigner        TEXT NOT NULL,
  account_type    TEXT NOT NULL,
  account_name    TEXT NOT NULL,
  account         TEXT NOT NULL,
  account_bank    TEXT NOT NULL,
  account_bank_no TEXT NOT NULL
) STRICT;

CREATE TABLE user (
  code      TEXT PRIMARY KEY,
  name      TEXT NOT NULL,
  unit_code TEXT NOT NULL REFERENCES unit (code),
  roles     TEXT NOT NULL
) STRICT;

-- Certificates given out: an e-bill's signature names issuer and serial only.
CREATE TABLE certificate (
  issuer    TEXT NOT NULL,
  serial    TEXT NOT NULL,
  user_code TEXT NOT NULL REFERENCES user (code),
  unit_code TEXT NOT NULL REFERENCES unit (code),
  content   TEXT NOT NULL, -- DER in base64
  PRIMARY KEY (issuer, serial)
) STRICT;

CREATE TABLE bill_type (
  code         TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  version      TEXT NOT NULL,
  version_name TEXT NOT NULL,
  electronic   INTEGER NOT NULL,
  ebill_code   TEXT NOT NULL,
  specimen     TEXT NOT NULL,
  number_width INTEGER NOT NULL
) STRICT;

CREATE TABLE item (
  code            TEXT PRIMARY KEY,
  name            TEXT NOT NULL,
  unit_of_measure TEXT NOT NULL,
  standard        INTEGER NOT NULL CHECK (standard IN (1, 2, 3)), -- fixed, free, range
  min             INTEGER NOT NULL,
  max             INTEGER NOT NULL,
  bill_type       TEXT NOT NULL REFERENCES bill_type (code)
) STRICT;

CREATE TABLE unit_item (
  unit_code TEXT NOT NULL REFERENCES unit (code),
  item_code TEXT NOT NULL REFERENCES item (code),
  PRIMARY KEY (unit_code, item_code)
) STRICT;

CREATE TABLE holder (
  code      TEXT PRIMARY KEY,
  name      TEXT NOT NULL,
  unit_code TEXT NOT NULL REFERENCES unit (code)
) STRICT;

CREATE TABLE holiday (
  day     INTEGER PRIMARY KEY,
  working INTEGER NOT NULL
) STRICT;

-- Notices and payments.
CREATE TABLE code_lease (
  id        INTEGER PRIMARY KEY,
  unit_code TEXT NOT NULL REFERENCES unit (code),
  desk      TEXT NOT NULL,
  region    TEXT NOT NULL,
  year      INTEGER NOT NULL,
  assigner  TEXT NOT NULL,
  first_no  INTEGER NOT NULL,
  last_no   INTEGER NOT NULL CHECK (last_no >= first_no)
) STRICT;
CREATE UNIQUE INDEX code_lease_by_number ON code_lease (region, year, assigner, first_no);

CREATE TABLE notice (
  payment_code TEXT PRIMARY KEY,
  unit_code    TEXT NOT NULL REFERENCES unit (code),
  payer_name   TEXT NOT NULL,
  payer_id     TEXT NOT NULL,
  amount       INTEGER NOT NULL,
  late_fee     INTEGER NOT NULL,
  bill_date    INTEGER NOT NULL,
  valid_until  INTEGER NOT NULL,
  check_code   TEXT NOT NULL,
  wrong_tries  INTEGER NOT NULL DEFAULT 0,
  state        TEXT NOT NULL CHECK (state IN ('unpaid', 'paid', 'void', 'lapsed')),
  void_reason  TEXT NOT NULL DEFAULT '',
  voucher      TEXT NOT NULL, -- the 8994 as it came, for answers
  created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_by_validity ON notice (valid_until) WHERE state = 'unpaid';

CREATE TABLE notice_item (
  payment_code    TEXT NOT NULL REFERENCES notice (payment_code),
  position        INTEGER NOT NULL,
  code            TEXT NOT NULL,
  name            TEXT NOT NULL,
  unit_of_measure TEXT NOT NULL,
  quantity        INTEGER NOT NULL,
  amount          INTEGER NOT NULL,
  PRIMARY KEY (payment_code, position)
) STRICT;

CREATE TABLE payment (
  id           INTEGER PRIMARY KEY,
  payment_code TEXT NOT NULL REFERENCES notice (payment_code),
  amount       INTEGER NOT NULL,
  channel      INTEGER NOT NULL,
  trace_no     TEXT NOT NULL UNIQUE,
  day          INTEGER NOT NULL,
  time         TEXT NOT NULL,
  paid_at      INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('confirmed', 'refunded'))
) STRICT;
-- The first payment counts.
CREATE UNIQUE INDEX payment_confirmed ON payment (payment_code) WHERE state = 'confirmed';

-- E-bills.
CREATE TABLE ebill_pool (
  bill_type TEXT PRIMARY KEY REFERENCES bill_type (code),
  next_no   INTEGER NOT NULL,
  last_no   INTEGER NOT NULL
) STRICT;

CREATE TABLE ebill (
  number       TEXT NOT NULL,
  code         TEXT NOT NULL,
  bill_type    TEXT NOT NULL REFERENCES bill_type (code),
  unit_code    TEXT NOT NULL REFERENCES unit (code),
  payment_code TEXT REFERENCES notice (payment_code), -- NULL: a number asked for without a notice
  check_code   TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('reserved', 'issued')),
  content_hash TEXT NOT NULL DEFAULT '',
  file         BLOB,
  issued_on    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (code, number)
) STRICT;
CREATE UNIQUE INDEX ebill_by_notice ON ebill (payment_code) WHERE payment_code IS NOT NULL;
CREATE INDEX ebill_by_number ON ebill (number);

-- Paper bills: every number at every time in exactly one row.
CREATE TABLE stock_range (
  id        INTEGER PRIMARY KEY,
  type      TEXT NOT NULL REFERENCES bill_type (code),
  version   TEXT NOT NULL,
  unit_code TEXT NOT NULL REFERENCES unit (code),
  holder    TEXT NOT NULL,
  state     TEXT NOT NULL,
  first_no  INTEGER NOT NULL,
  last_no   INTEGER NOT NULL CHECK (last_no >= first_no)
) STRICT;
CREATE UNIQUE INDEX stock_range_by_number ON stock_range (type, version, first_no);

CREATE TABLE stock_movement (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  kind        TEXT NOT NULL,
  type        TEXT NOT NULL,
  version     TEXT NOT NULL,
  from_holder TEXT NOT NULL,
  to_holder   TEXT NOT NULL,
  first_no    INTEGER NOT NULL,
  last_no     INTEGER NOT NULL,
  reason      TEXT NOT NULL,
  user_code   TEXT NOT NULL
) STRICT;

-- What waits for the units. Every desk of a unit gets every push; cursor: all up to it are acknowledged.
CREATE TABLE push (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  unit_code TEXT NOT NULL REFERENCES unit (code),
  number    TEXT NOT NULL,
  content   TEXT NOT NULL
) STRICT;
CREATE INDEX push_by_unit ON push (unit_code, id);

CREATE TABLE desk (
  unit_code TEXT NOT NULL REFERENCES unit (code),
  desk      TEXT NOT NULL,
  cursor    INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (unit_code, desk)
) STRICT;

CREATE TABLE push_ack (
  unit_code TEXT NOT NULL,
  desk      TEXT NOT NULL,
  push_id   INTEGER NOT NULL REFERENCES push (id),
  result    TEXT NOT NULL,
  PRIMARY KEY (unit_code, desk, push_id)
) STRICT;

-- Doing it twice does no harm: the answer that belongs to a MsgID of a unit.
CREATE TABLE answer (
  unit_code    TEXT NOT NULL,
  msg_id       TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  content      BLOB NOT NULL,
  PRIMARY KEY (unit_code, msg_id)
) STRICT;

-- Envelopes seen within the time window: a second arrival is a replay.
CREATE TABLE envelope (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX envelope_by_time ON envelope (at);

-- Every request, also those that were refused. No personal data.
CREATE TABLE message (
  row_id    INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  id        TEXT NOT NULL, -- MsgID; '' where it could not be read or believed
  number    TEXT NOT NULL,
  unit_code TEXT NOT NULL,
  user_code TEXT NOT NULL,
  vouchers  INTEGER NOT NULL,
  refused   INTEGER NOT NULL,
  repeated  INTEGER NOT NULL,
  result    TEXT NOT NULL,
  detail    TEXT NOT NULL
) STRICT;

-- The weather: faults that the server is asked to make.
CREATE TABLE fault (
  id        INTEGER PRIMARY KEY,
  kind      TEXT NOT NULL,
  value     INTEGER NOT NULL,
  number    TEXT NOT NULL, -- message number, '*' = any
  remaining INTEGER NOT NULL -- 0 = until cleared
) STRICT;
