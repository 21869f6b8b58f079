-- The operation queue. Times are Unix seconds (REAL).

-- Operations that are alive. Finished ones move to finished_operations.
CREATE TABLE operations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    service      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    key          TEXT,
    payload      TEXT NOT NULL DEFAULT '{}',   -- JSON object
    priority     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('scheduled', 'available', 'running')),
    rank         INTEGER NOT NULL,             -- the priority, or better once it aged
    turn         REAL NOT NULL,                -- place within the rank: the deadline
    run_at       REAL NOT NULL,
    max_run_at   REAL NOT NULL,                -- debounce never pushes run_at past this
    deadline     REAL NOT NULL,
    parked       INTEGER NOT NULL DEFAULT 0,   -- 1: paused by a person; scheduled meanwhile
    attempts     INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    claims       INTEGER NOT NULL DEFAULT 0,
    unclean      INTEGER NOT NULL DEFAULT 0,   -- claims that ended without a word
    origin       TEXT NOT NULL DEFAULT '',
    history      TEXT NOT NULL DEFAULT '[]',   -- JSON array, one object an attempt
    waiting_for  TEXT NOT NULL DEFAULT '',     -- the dependency that is away, if any
    created_at   REAL NOT NULL,
    claimed_at   REAL,
    claimed_by   TEXT,
    lease_until  REAL
);
CREATE UNIQUE INDEX operations_waiting ON operations (service, kind, key)
    WHERE state IN ('scheduled', 'available') AND key IS NOT NULL;
CREATE INDEX operations_scheduled ON operations (run_at)
    WHERE state = 'scheduled' AND parked = 0;
CREATE INDEX operations_parked ON operations (service) WHERE parked = 1;
CREATE INDEX operations_available ON operations (service, rank, turn, id)
    WHERE state = 'available';
CREATE INDEX operations_running ON operations (service, key) WHERE state = 'running';
CREATE INDEX operations_promised ON operations (deadline) WHERE deadline < 1e18;

CREATE TABLE finished_operations (
    id           INTEGER PRIMARY KEY,
    service      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    key          TEXT,
    payload      TEXT NOT NULL,
    priority     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('completed', 'failed', 'cancelled')),
    deadline     REAL NOT NULL,
    attempts     INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    claims       INTEGER NOT NULL,
    origin       TEXT NOT NULL,
    history      TEXT NOT NULL,
    result       TEXT NOT NULL,                -- JSON: evidence, error or reason
    created_at   REAL NOT NULL,
    claimed_at   REAL,
    finished_at  REAL NOT NULL
);
CREATE INDEX finished_by_time ON finished_operations (finished_at);
CREATE INDEX finished_failed ON finished_operations (service, finished_at)
    WHERE state = 'failed';
CREATE INDEX finished_errors ON finished_operations (result ->> 'fingerprint', finished_at)
    WHERE state = 'failed';

-- Services that are handed nothing until a person resumes them.
CREATE TABLE queue_pauses (
    service TEXT PRIMARY KEY,
    reason  TEXT NOT NULL,
    at      REAL NOT NULL
) WITHOUT ROWID;
