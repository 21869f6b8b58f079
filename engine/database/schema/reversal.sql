-- What a person's cancel or retry is undone from: JSON, what that took away from the row.
-- NULL once it can't be undone: it began to run, or somebody wished for the same.
ALTER TABLE operations ADD COLUMN was TEXT;
ALTER TABLE finished_operations ADD COLUMN was TEXT;
