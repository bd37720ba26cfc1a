-- Step 004: signed heads of the log, restores, numbers given up; docs/data-model.md explains it.

-- The certificates that signed, so that signatures can be checked without a key.
CREATE TABLE audit_certificate (
  fingerprint TEXT PRIMARY KEY, -- SHA-256 of the certificate, hexadecimal
  certificate BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  line INTEGER NOT NULL UNIQUE CHECK (line > 0),
  hash BLOB NOT NULL CHECK (length (hash) = 32),
  at INTEGER NOT NULL,
  fingerprint TEXT NOT NULL REFERENCES audit_certificate (fingerprint),
  signature BLOB NOT NULL
) STRICT;

-- The store was restored from a backup, or turned out to be a copy: what happened elsewhere since is asked for.
CREATE TABLE store_restore (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('backup', 'copy')),
  saved_at INTEGER NOT NULL,    -- what is in it is of then
  desk_id TEXT NOT NULL,        -- under which it leased before
  asked_leases INTEGER NOT NULL, -- 1 when the server was asked which ones
  next_notice INTEGER NOT NULL, -- unpaid notices below this id were asked about
  last_notice INTEGER NOT NULL,
  asked_ebills INTEGER NOT NULL,
  done_at INTEGER NOT NULL      -- 0 before
) STRICT;

-- Numbers of leases that may have been used by whoever went on with the store: never given out here.
CREATE TABLE code_given_up (
  id INTEGER PRIMARY KEY,
  lease_id INTEGER NOT NULL REFERENCES code_lease (id),
  first INTEGER NOT NULL,
  last INTEGER NOT NULL CHECK (last >= first),
  next INTEGER NOT NULL CHECK (next BETWEEN first AND last + 1) -- to ask the server about
) STRICT;

CREATE INDEX code_given_up_open ON code_given_up (id) WHERE next <= last;
CREATE INDEX store_restore_open ON store_restore (id) WHERE done_at = 0;
