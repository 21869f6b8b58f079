-- What each run of index optimisation measured, did and gained.
CREATE TABLE optimizations (
    id     INTEGER PRIMARY KEY,
    store  TEXT NOT NULL,                      -- sqlite, chroma, kuzu
    reason TEXT NOT NULL,                      -- interval, fragmentation, ..., or who asked for it
    at     REAL NOT NULL,
    seconds REAL NOT NULL,
    before TEXT NOT NULL,                      -- JSON object of measurements
    after  TEXT NOT NULL,
    steps  TEXT NOT NULL,                      -- JSON array of what was done, and why
    left   TEXT NOT NULL,                      -- JSON array of what would have paid, and why not
    result TEXT NOT NULL,                      -- what it gained, in a line
    damage TEXT NOT NULL                       -- what an integrity check found; empty: nothing
);
CREATE INDEX optimizations_by_store ON optimizations (store, id);
