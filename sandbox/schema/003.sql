-- Certificates that are no longer believed, by their serial.
CREATE TABLE revocation (
  serial TEXT PRIMARY KEY,
  at     INTEGER NOT NULL
) STRICT;
