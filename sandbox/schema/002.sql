-- The socket's peers, and banks whose counters confirm payments over it.

-- Banks of the region, by their node code.
CREATE TABLE bank (
  node   TEXT PRIMARY KEY,
  name   TEXT NOT NULL,
  outlet TEXT NOT NULL -- its counter's code
) STRICT;

-- Who may call over the socket. Secrets are made at the first start; previous_token is good only for a change that is asked for again.
CREATE TABLE peer (
  node           TEXT PRIMARY KEY,
  unit_code      TEXT NOT NULL, -- '' for a bank
  token          TEXT NOT NULL,
  previous_token TEXT NOT NULL DEFAULT '',
  key            TEXT NOT NULL -- 3DES, 48 hexadecimal digits
) STRICT;

-- A transaction number is unique within its bank; bank '' is the payment platform.
CREATE TABLE payment_new (
  id           INTEGER PRIMARY KEY,
  payment_code TEXT NOT NULL REFERENCES notice (payment_code),
  amount       INTEGER NOT NULL,
  channel      INTEGER NOT NULL,
  bank         TEXT NOT NULL,
  trace_no     TEXT NOT NULL,
  day          INTEGER NOT NULL,
  time         TEXT NOT NULL,
  paid_at      INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('confirmed', 'refunded')),
  UNIQUE (bank, trace_no)
) STRICT;
INSERT INTO payment_new (id, payment_code, amount, channel, bank, trace_no, day, time, paid_at, state)
  SELECT id, payment_code, amount, channel, '', trace_no, day, time, paid_at, state FROM payment;
DROP TABLE payment;
ALTER TABLE payment_new RENAME TO payment;
-- The first payment counts.
CREATE UNIQUE INDEX payment_confirmed ON payment (payment_code) WHERE state = 'confirmed';

-- 2698 asks for the education notices of a payer, by identity number or mobile number.
ALTER TABLE unit ADD COLUMN education INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN mobile TEXT NOT NULL DEFAULT '';
UPDATE notice SET mobile = substr(voucher, instr(voucher, '<MobilePhone>') + 13,
  instr(voucher, '</MobilePhone>') - instr(voucher, '<MobilePhone>') - 13) WHERE instr(voucher, '<MobilePhone>') > 0;
CREATE INDEX notice_by_payer_id ON notice (payer_id) WHERE payer_id <> '';
CREATE INDEX notice_by_mobile ON notice (mobile) WHERE mobile <> '';
