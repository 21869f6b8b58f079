INSERT INTO finished_operations (id, service, kind, key, payload, priority, state, attempts,
                                 max_attempts, claims, origin, history, result, created_at,
                                 claimed_at, finished_at)
SELECT id, service, kind, key, payload, priority, :state, attempts, max_attempts, claims, origin,
       history, :result, created_at, claimed_at, :now
FROM operations
WHERE id = :id AND claims = :claims AND state = :expected
