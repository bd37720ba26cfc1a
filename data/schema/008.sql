-- Step 008: what needs attention, counted from indexes alone; docs/data-model.md explains it.

-- The sums of what is unpaid, from the index alone.
DROP INDEX notice_by_validity;
CREATE INDEX notice_by_validity ON notice (valid_until, amount) WHERE state = 'unpaid';

-- Whether a notice has an e-bill that was not refused: among a million that are paid, the few without one are found at once. Kept by the triggers alone.
ALTER TABLE notice ADD COLUMN has_ebill INTEGER NOT NULL DEFAULT 0;
UPDATE notice SET has_ebill = 1 WHERE id IN (SELECT notice_id FROM ebill WHERE sync <> 'refused');
CREATE INDEX notice_without_ebill ON notice (paid_at, amount) WHERE state = 'paid' AND has_ebill = 0;
CREATE TRIGGER ebill_made AFTER INSERT ON ebill WHEN new.sync <> 'refused'
BEGIN
  UPDATE notice SET has_ebill = 1 WHERE id = new.notice_id;
END;
CREATE TRIGGER ebill_refused_or_not AFTER UPDATE OF sync ON ebill
  WHEN (old.sync = 'refused') <> (new.sync = 'refused')
BEGIN
  UPDATE notice SET has_ebill = EXISTS
    (SELECT 1 FROM ebill WHERE notice_id = new.notice_id AND sync <> 'refused')
    WHERE id = new.notice_id;
END;
CREATE TRIGGER ebill_gone AFTER DELETE ON ebill
BEGIN
  UPDATE notice SET has_ebill = EXISTS
    (SELECT 1 FROM ebill WHERE notice_id = old.notice_id AND sync <> 'refused')
    WHERE id = old.notice_id;
END;
