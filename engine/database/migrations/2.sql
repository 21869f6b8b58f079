-- Ranks, parking and deadlines in the queue; depths are counted by the engine, not by triggers.
DROP TRIGGER operations_inserted;
DROP TRIGGER operations_moved;
DROP TRIGGER operations_deleted;
DROP TABLE queue_depth;
DROP INDEX operations_waiting;
DROP INDEX operations_scheduled;
DROP INDEX operations_available;
DROP INDEX operations_running;
DROP INDEX operations_leased;
DROP INDEX finished_by_time;
DROP INDEX finished_failed;
ALTER TABLE operations RENAME TO old_operations;
ALTER TABLE finished_operations RENAME TO old_finished_operations;
ALTER TABLE queue_pauses RENAME TO old_queue_pauses;
-- schema: queue
INSERT INTO operations (id, service, kind, key, payload, priority, state, rank, turn, run_at,
                        max_run_at, deadline, attempts, max_attempts, claims, unclean, origin,
                        history, waiting_for, created_at, claimed_at, claimed_by, lease_until)
SELECT id, service, kind, key, payload, priority, state, priority, deadline, run_at, max_run_at,
       deadline, attempts, max_attempts, claims, unclean, origin, history, waiting_for, created_at,
       claimed_at, claimed_by, lease_until
FROM old_operations;
INSERT INTO finished_operations
SELECT id, service, kind, key, payload, priority, state, 1e18, attempts, max_attempts, claims,
       origin, history, result, created_at, claimed_at, finished_at
FROM old_finished_operations;
-- numbers are never handed out twice
DELETE FROM sqlite_sequence WHERE name = 'operations';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'operations', seq FROM sqlite_sequence WHERE name = 'old_operations';
INSERT INTO queue_pauses SELECT service, reason, at FROM old_queue_pauses;
DROP TABLE old_operations;
DROP TABLE old_finished_operations;
DROP TABLE old_queue_pauses;
-- schema: monitoring
-- schema: search
INSERT INTO task_numbers (id) SELECT id FROM tasks;
INSERT INTO task_words (task_words) VALUES ('rebuild');
