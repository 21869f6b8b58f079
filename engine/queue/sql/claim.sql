-- One task is never worked on twice at once by a service: keys that run are passed over.
UPDATE operations
SET state = 'running', claims = claims + 1, claimed_at = :now, claimed_by = :owner,
    lease_until = :now + :lease, waiting_for = ''
WHERE id IN (
    SELECT waiting.id FROM operations AS waiting
    WHERE waiting.state = 'available' AND waiting.service = :service
      AND NOT EXISTS (
          SELECT 1 FROM operations AS other
          WHERE other.state = 'running' AND other.service = :service AND other.key = waiting.key)
      AND NOT EXISTS (SELECT 1 FROM queue_pauses WHERE service = :service)
    ORDER BY waiting.priority, waiting.deadline, waiting.id
    LIMIT :limit)
RETURNING *
