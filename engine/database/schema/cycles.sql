-- Dependency cycles and what was done about them. Times are Unix seconds.

-- Components as the service last found them; resolved ones stay as history.
CREATE TABLE cycles (
    id          INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL,                 -- hash of the sorted task ids
    tasks       TEXT NOT NULL,                 -- JSON array of ids
    cycle       TEXT NOT NULL,                 -- JSON array: a shortest cycle, in order
    cuts        TEXT NOT NULL,                 -- JSON array of [who waits, for whom, kind, reason]
    born_at     REAL NOT NULL,
    changed_at  REAL NOT NULL,                 -- when tasks last came or left
    resolved_at REAL,                          -- NULL while it lasts
    merged_into INTEGER,                       -- the component that took it in
    split_from  INTEGER                        -- the component that it was a part of
);
CREATE UNIQUE INDEX cycles_alive ON cycles (fingerprint) WHERE resolved_at IS NULL;

-- Links that were removed to break cycles, as they were, so that they can be put back.
CREATE TABLE cycle_cuts (
    id        INTEGER PRIMARY KEY,
    component INTEGER NOT NULL,                -- id of its cycle; 0 for links that were named
    links     TEXT NOT NULL,                   -- JSON array of [task, target, kind, at, by]
    at        REAL NOT NULL,
    actor     TEXT NOT NULL DEFAULT '',
    undone_at REAL,
    undone_by TEXT NOT NULL DEFAULT ''
);
