INSERT INTO operations (id, service, kind, key, payload, priority, state, run_at, max_run_at,
                        deadline, max_attempts, claims, origin, history, created_at)
SELECT id, service, kind, key, payload, priority, 'available', :now, :now, :no_deadline,
       max_attempts, claims, origin, history, created_at
FROM finished_operations
WHERE id = :id AND state IN ('failed', 'cancelled')
