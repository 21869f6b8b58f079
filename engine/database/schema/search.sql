-- Search by words. The index has no text of its own: it reads that of the tasks through the view.
-- Its rows are numbered by a table, because VACUUM may renumber those of a table without a number.
CREATE TABLE task_numbers (
    number INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE
);
CREATE VIEW task_texts AS
SELECT number, title, description FROM task_numbers JOIN tasks USING (id);
CREATE VIRTUAL TABLE task_words USING fts5 (
    title, description, content = 'task_texts', content_rowid = 'number',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER task_words_added AFTER INSERT ON tasks BEGIN
    INSERT INTO task_numbers (id) VALUES (new.id);
    INSERT INTO task_words (rowid, title, description)
    SELECT number, new.title, new.description FROM task_numbers WHERE id = new.id;
END;
CREATE TRIGGER task_words_changed AFTER UPDATE OF title, description ON tasks
WHEN old.title <> new.title OR old.description <> new.description BEGIN
    INSERT INTO task_words (task_words, rowid, title, description)
    SELECT 'delete', number, old.title, old.description FROM task_numbers WHERE id = old.id;
    INSERT INTO task_words (rowid, title, description)
    SELECT number, new.title, new.description FROM task_numbers WHERE id = new.id;
END;
CREATE TRIGGER task_words_removed AFTER DELETE ON tasks BEGIN
    INSERT INTO task_words (task_words, rowid, title, description)
    SELECT 'delete', number, old.title, old.description FROM task_numbers WHERE id = old.id;
    DELETE FROM task_numbers WHERE id = old.id;
END;
