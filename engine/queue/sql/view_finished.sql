SELECT id, service, kind, key, payload, priority, state, attempts, max_attempts, origin, history,
       created_at, claimed_at, finished_at AS run_at, '' AS waiting_for, finished_at, result
FROM finished_operations
WHERE (:service IS NULL OR service = :service) AND (:state IS NULL OR state = :state)
  AND (:id IS NULL OR id = :id)
ORDER BY finished_at DESC, id DESC
LIMIT :limit OFFSET :offset
