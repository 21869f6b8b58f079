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
