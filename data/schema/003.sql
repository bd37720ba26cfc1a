-- Step 003: search; docs/data-model.md explains it.

-- Which notice is found by which blind tokens (kai-search-terms.c); rowid is the notice's id. Neither texts nor positions are kept, which is why
-- a row is taken out by telling FTS5 its tokens once more. Filled when the payers are sealed.
CREATE VIRTUAL TABLE notice_search USING fts5 (terms, content = '', columnsize = 0, detail = none,
  tokenize = 'ascii');

-- Codes and numbers by their last digits, and by as many of the first as some ten thousand rows have in common, newest last.
CREATE INDEX notice_by_code_end ON notice (substr (payment_code, -4)) WHERE payment_code <> '';
CREATE INDEX notice_by_code_head ON notice (substr (payment_code, 1, 15)) WHERE payment_code <> '';
CREATE INDEX ebill_by_number_end ON ebill (substr (number, -4), notice_id) WHERE number <> '';
CREATE INDEX ebill_by_number_head ON ebill (substr (number, 1, 6), notice_id) WHERE number <> '';
