SELECT id, service, kind, key, payload, priority, state, attempts, max_attempts, origin, history,
       created_at, claimed_at, run_at, waiting_for, NULL AS finished_at, '{}' AS result
FROM operations
WHERE (:service IS NULL OR service = :service) AND (:state IS NULL OR state = :state)
  AND (:id IS NULL OR id = :id)
ORDER BY CASE state WHEN 'running' THEN 0 WHEN 'available' THEN 1 ELSE 2 END,
         CASE state WHEN 'scheduled' THEN run_at ELSE priority END, id
LIMIT :limit OFFSET :offset
