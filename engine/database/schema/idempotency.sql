-- What writes answered, by the key of their call, so that a call that is repeated is done once.
CREATE TABLE answered (
    key         TEXT PRIMARY KEY,    -- of the call, with the number of the write in it
    fingerprint BLOB NOT NULL,       -- of what was asked; empty when the key is unique by itself
    answer      BLOB NOT NULL,
    forget_at   REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX answered_by_time ON answered (forget_at);
