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

-- What the lists are narrowed to and what needs attention: few of very many, or of one clerk or channel.
CREATE INDEX notice_refused ON notice (id, amount) WHERE sync = 'refused';
CREATE INDEX notice_waiting ON notice (bill_date, id) WHERE sync NOT IN ('accepted', 'refused');
CREATE INDEX ebill_refused ON ebill (notice_id, id) WHERE sync = 'refused';
CREATE INDEX ebill_waiting ON ebill (id) WHERE sync NOT IN ('accepted', 'refused');
CREATE INDEX notice_by_clerk ON notice (clerk_code, bill_date, id);
CREATE INDEX notice_by_channel ON notice (pay_channel, bill_date, id) WHERE pay_channel > 0;
