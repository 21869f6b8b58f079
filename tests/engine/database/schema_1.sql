-- The whole store of truth. Times are Unix seconds (REAL).

-- One row counts every change of the store; `changes` hands out positions in the change log.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tasks (
    id           TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    description  TEXT NOT NULL DEFAULT '',
    status       TEXT NOT NULL DEFAULT 'open',
    priority     INTEGER NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 4),
    project      TEXT NOT NULL DEFAULT '',
    assignee     TEXT NOT NULL DEFAULT '',
    tags         TEXT NOT NULL DEFAULT '[]',   -- JSON array
    created_at   REAL NOT NULL,
    updated_at   REAL NOT NULL,
    closed_at    REAL,
    version      INTEGER NOT NULL DEFAULT 1,   -- of this task
    content_hash TEXT NOT NULL,                -- of the text that is embedded
    extra        TEXT NOT NULL DEFAULT '{}'    -- JSON object
);
CREATE INDEX tasks_by_status ON tasks (status, priority, created_at);
CREATE INDEX tasks_by_order ON tasks (priority, created_at, id);

-- All links between tasks, parent-child included. A target may not exist (yet): it dangles.
CREATE TABLE links (
    task_id    TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    target_id  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    created_at REAL NOT NULL,
    created_by TEXT NOT NULL DEFAULT '',
    version    INTEGER NOT NULL,               -- position in the change log
    PRIMARY KEY (task_id, target_id, kind)
) WITHOUT ROWID;
CREATE INDEX links_by_target ON links (target_id, kind, task_id);

-- The change log: what a projection has to look at again, newest position last.
CREATE TABLE changes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id  TEXT NOT NULL,
    what     TEXT NOT NULL,                    -- created, updated, deleted, linked, unlinked
    actor    TEXT NOT NULL DEFAULT '',
    at       REAL NOT NULL
);

-- Operations that are alive. Finished ones move to finished_operations.
CREATE TABLE operations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    service      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    key          TEXT,
    payload      TEXT NOT NULL DEFAULT '{}',   -- JSON object
    priority     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('scheduled', 'available', 'running')),
    run_at       REAL NOT NULL,
    max_run_at   REAL NOT NULL,                -- debounce never pushes run_at past this
    deadline     REAL NOT NULL,
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
    WHERE state IN ('scheduled', 'available');
CREATE INDEX operations_scheduled ON operations (run_at) WHERE state = 'scheduled';
CREATE INDEX operations_available ON operations (service, priority, deadline, id)
    WHERE state = 'available';
CREATE INDEX operations_running ON operations (service, key) WHERE state = 'running';
CREATE INDEX operations_leased ON operations (lease_until) WHERE state = 'running';

CREATE TABLE finished_operations (
    id           INTEGER PRIMARY KEY,
    service      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    key          TEXT,
    payload      TEXT NOT NULL,
    priority     INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('completed', 'failed', 'cancelled')),
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

-- How many operations each service has waiting, kept by triggers so that the screen never counts.
CREATE TABLE queue_depth (
    service   TEXT NOT NULL,
    state     TEXT NOT NULL,
    depth     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (service, state)
) WITHOUT ROWID;

CREATE TABLE queue_pauses (
    service TEXT PRIMARY KEY,
    reason  TEXT NOT NULL,
    at      REAL NOT NULL
) WITHOUT ROWID;

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

CREATE TRIGGER operations_inserted AFTER INSERT ON operations BEGIN
    INSERT INTO queue_depth (service, state, depth) VALUES (new.service, new.state, 1)
    ON CONFLICT (service, state) DO UPDATE SET depth = depth + 1;
END;
CREATE TRIGGER operations_moved AFTER UPDATE OF state ON operations WHEN old.state <> new.state BEGIN
    UPDATE queue_depth SET depth = depth - 1 WHERE service = old.service AND state = old.state;
    INSERT INTO queue_depth (service, state, depth) VALUES (new.service, new.state, 1)
    ON CONFLICT (service, state) DO UPDATE SET depth = depth + 1;
END;
CREATE TRIGGER operations_deleted AFTER DELETE ON operations BEGIN
    UPDATE queue_depth SET depth = depth - 1 WHERE service = old.service AND state = old.state;
END;
