-- Answers by idempotency key.
-- schema: idempotency
-- Components that keep their record while they grow and shrink, and cuts that can be undone.
DROP INDEX cycles_alive;
ALTER TABLE cycles RENAME TO old_cycles;
-- schema: cycles
INSERT INTO cycles (id, fingerprint, tasks, cycle, cuts, born_at, changed_at, resolved_at)
SELECT id, fingerprint, tasks, cycle,
       json_array(json_array(cut ->> 'from', cut ->> 'to', cut ->> 'kind', cut ->> 'reason')),
       born_at, born_at, resolved_at
FROM old_cycles;
DROP TABLE old_cycles;
-- Errors by what they have in common; written from now on with each that fails.
UPDATE finished_operations
SET result = json_set(result, '$.fingerprint',
                      error_fingerprint(service, result ->> 'error', history ->> '$[#-1].traceback'))
WHERE state = 'failed';
DROP INDEX IF EXISTS finished_errors;
CREATE INDEX finished_errors ON finished_operations (result ->> 'fingerprint', finished_at)
    WHERE state = 'failed';
-- What each run of index optimisation did, and not only what it measured.
ALTER TABLE optimizations RENAME TO old_optimizations;
-- schema: optimization
INSERT INTO optimizations
SELECT id, CASE target WHEN 'vacuum_sqlite' THEN 'sqlite' WHEN 'optimize_chroma' THEN 'chroma'
                       WHEN 'optimize_kuzu' THEN 'kuzu' ELSE target END,
       '', at, seconds, before, after, '[]', '[]', '', ''
FROM old_optimizations;
DROP TABLE old_optimizations;
