-- What was measured, and what a person was told. Times are Unix seconds.

-- One row a service and interval; an empty service stands for the engine itself.
CREATE TABLE metric_samples (
    resolution INTEGER NOT NULL,               -- seconds an interval: 10, kept for a day; 300, for 90
    service    TEXT NOT NULL,
    at         INTEGER NOT NULL,               -- start of the interval
    numbers    TEXT NOT NULL,                  -- JSON object of measurements
    durations  BLOB,                           -- sketch of the runs' durations, mergeable
    PRIMARY KEY (resolution, service, at)
) WITHOUT ROWID;

-- One row each time an alert was raised.
CREATE TABLE alerts (
    id           TEXT NOT NULL,                -- rule and subject, for instance queue.auto_embedding
    severity     TEXT NOT NULL,                -- warning, critical
    message      TEXT NOT NULL,
    since        REAL NOT NULL,
    acknowledged_by TEXT NOT NULL DEFAULT '',  -- empty while nobody took note of it
    resolved_at  REAL,                         -- NULL while it lasts
    PRIMARY KEY (id, since)
) WITHOUT ROWID;
CREATE UNIQUE INDEX alerts_alive ON alerts (id) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_time ON alerts (since);
