-- Base data as they were given out, so that a desk that has an older version gets only what has changed since. A version is the hash of its content.

CREATE TABLE base_version (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  version TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL -- the voucher of the 5901
) STRICT;

-- The desk whose store the one that leased goes on with after a restore, '' none.
ALTER TABLE code_lease ADD COLUMN former TEXT NOT NULL DEFAULT '';
