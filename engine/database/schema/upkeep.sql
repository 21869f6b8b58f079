-- What the services found and did.

-- Dependency cycles as the service last found them; resolved ones stay as history.
CREATE TABLE cycles (
    id          INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,                 -- hash of the sorted task ids
    tasks       TEXT NOT NULL,                 -- JSON array of ids
    cycle       TEXT NOT NULL,                 -- JSON array: a shortest cycle, in order
    cut         TEXT NOT NULL,                 -- JSON object {from, to, kind, reason}
    born_at     REAL NOT NULL,
    resolved_at REAL
);
CREATE UNIQUE INDEX cycles_alive ON cycles (fingerprint) WHERE resolved_at IS NULL;

-- What each run of index optimisation measured and gained.
CREATE TABLE optimizations (
    id     INTEGER PRIMARY KEY,
    target TEXT NOT NULL,                      -- sqlite, chroma, kuzu
    before TEXT NOT NULL,                      -- JSON object of measurements
    after  TEXT NOT NULL,
    at     REAL NOT NULL,
    seconds REAL NOT NULL
);
