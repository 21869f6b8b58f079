-- What the services found and did.

-- What each run of index optimisation measured and gained.
CREATE TABLE optimizations (
    id     INTEGER PRIMARY KEY,
    target TEXT NOT NULL,                      -- sqlite, chroma, kuzu
    before TEXT NOT NULL,                      -- JSON object of measurements
    after  TEXT NOT NULL,
    at     REAL NOT NULL,
    seconds REAL NOT NULL
);
