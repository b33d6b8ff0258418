-- Memories: the current revision of each, every revision before it, and the words to find them by.

CREATE TABLE memories (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,  -- shown as #12; never given twice
    uid       TEXT    NOT NULL UNIQUE,            -- uuid, the same in every export
    rev       INTEGER NOT NULL CHECK (rev > 0),   -- grows with each change
    project   INTEGER REFERENCES projects (id),   -- NULL: of the user, in no project
    kind      TEXT    NOT NULL,                   -- fact, decision, gotcha, todo, note, or an own word
    status    TEXT    NOT NULL CHECK (status IN ('asserted', 'confirmed')),
    created   INTEGER NOT NULL,                   -- UTC milliseconds
    updated   INTEGER NOT NULL,
    forgotten INTEGER,                            -- when it was forgotten; NULL: it is live
    why       TEXT    NOT NULL DEFAULT '',        -- it was forgotten
    link      TEXT    NOT NULL DEFAULT '',        -- whose call wrote this revision
    seq       INTEGER NOT NULL DEFAULT 0,
    session   TEXT    NOT NULL DEFAULT '',
    text_hash INTEGER NOT NULL,                   -- FNV-1a, to find the same text again
    tags      TEXT    NOT NULL DEFAULT '',        -- one a line
    anchors   TEXT    NOT NULL DEFAULT '',        -- files and symbols it is about, one a line
    title     TEXT    NOT NULL DEFAULT '',
    text      TEXT    NOT NULL                    -- byte for byte as it was given; last, for it may be long
) STRICT;
CREATE INDEX memories_project ON memories (project, id);
CREATE INDEX memories_updated ON memories (updated, id);
CREATE INDEX memories_text ON memories (text_hash);

-- What a memory was before its current revision. A row is written whenever one of `memories` is about to change.
CREATE TABLE versions (
    memory    INTEGER NOT NULL REFERENCES memories (id),
    rev       INTEGER NOT NULL,
    project   INTEGER REFERENCES projects (id),
    kind      TEXT    NOT NULL,
    status    TEXT    NOT NULL,
    updated   INTEGER NOT NULL,
    forgotten INTEGER,
    why       TEXT    NOT NULL,
    link      TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    session   TEXT    NOT NULL,
    tags      TEXT    NOT NULL,
    anchors   TEXT    NOT NULL,
    title     TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    UNIQUE (memory, rev)
) STRICT;

-- `newer` stands in the place of `older`, for as long as it is live.
CREATE TABLE supersedes (
    newer INTEGER NOT NULL REFERENCES memories (id),
    older INTEGER NOT NULL REFERENCES memories (id) CHECK (older <> newer),
    rev   INTEGER NOT NULL, -- the revision of `newer` that said so first
    PRIMARY KEY (newer, older)
) STRICT, WITHOUT ROWID;
CREATE INDEX supersedes_older ON supersedes (older);

-- One row a writing call: what an undo id (m<id>) takes back.
CREATE TABLE changes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    what    TEXT    NOT NULL, -- created, revised, forgotten
    at      INTEGER NOT NULL, -- UTC milliseconds
    link    TEXT    NOT NULL DEFAULT '',
    seq     INTEGER NOT NULL DEFAULT 0,
    session TEXT    NOT NULL DEFAULT '',
    undone  INTEGER           -- when it was taken back
) STRICT;
CREATE TABLE changed (
    change     INTEGER NOT NULL REFERENCES changes (id),
    memory     INTEGER NOT NULL REFERENCES memories (id),
    rev_before INTEGER NOT NULL, -- 0: it did not exist
    rev_after  INTEGER NOT NULL,
    PRIMARY KEY (change, memory)
) STRICT, WITHOUT ROWID;

-- Words hold what is live and nothing else, so that ranks count no memory that cannot be found. They can be made
-- anew at any time: INSERT INTO words (words) VALUES ('rebuild').
CREATE VIEW live AS SELECT id, title, tags, text FROM memories WHERE forgotten IS NULL;
CREATE VIRTUAL TABLE words USING fts5 (
    title, tags, text,
    content = 'live', content_rowid = 'id',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER words_insert AFTER INSERT ON memories WHEN new.forgotten IS NULL BEGIN
    INSERT INTO words (rowid, title, tags, text) VALUES (new.id, new.title, new.tags, new.text);
END;
-- before and after: triggers of one moment run in no order that SQLite promises
CREATE TRIGGER words_update_old BEFORE UPDATE OF title, tags, text, forgotten ON memories WHEN old.forgotten IS NULL BEGIN
    INSERT INTO words (words, rowid, title, tags, text) VALUES ('delete', old.id, old.title, old.tags, old.text);
END;
CREATE TRIGGER words_update_new AFTER UPDATE OF title, tags, text, forgotten ON memories WHEN new.forgotten IS NULL BEGIN
    INSERT INTO words (rowid, title, tags, text) VALUES (new.id, new.title, new.tags, new.text);
END;
CREATE TRIGGER words_delete AFTER DELETE ON memories WHEN old.forgotten IS NULL BEGIN
    INSERT INTO words (words, rowid, title, tags, text) VALUES ('delete', old.id, old.title, old.tags, old.text);
END;
