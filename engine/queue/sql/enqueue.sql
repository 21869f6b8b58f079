-- Debounce and coalescing in one statement: a twin that waits takes the new time, never past its
-- first one's limit, and the better priority. One that runs is not touched: it will run once more.
INSERT INTO operations (service, kind, key, payload, priority, state, run_at, max_run_at, deadline,
                        max_attempts, origin, created_at)
VALUES (:service, :kind, :key, :payload, :priority,
        CASE WHEN :delay <= 0 THEN 'available' ELSE 'scheduled' END,
        :now + :delay, :now + :max_wait, :deadline, :max_attempts, :origin, :now)
ON CONFLICT (service, kind, key) WHERE state IN ('scheduled', 'available') DO UPDATE SET
    state = CASE WHEN excluded.state = 'available' THEN 'available' ELSE state END,
    run_at = min(excluded.run_at, max_run_at),
    priority = min(priority, excluded.priority),
    deadline = min(deadline, excluded.deadline),
    payload = json_patch(payload, excluded.payload),
    origin = excluded.origin,
    waiting_for = ''
RETURNING id
