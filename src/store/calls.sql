-- Results of calls, so that a call which arrives twice has its effect once.
-- Part of every database that writing calls write to: effect and result are one commit.

-- A link is one shim in its whole life, through any number of connections and daemons.
CREATE TABLE links (
    id        INTEGER PRIMARY KEY,
    uuid      TEXT    NOT NULL UNIQUE,
    acked     INTEGER NOT NULL DEFAULT 0, -- every answer up to this seq has reached the client
    tombstone INTEGER NOT NULL DEFAULT 0, -- results up to this seq may be gone: without one the outcome is unknown
    seen      INTEGER NOT NULL            -- last write of it, UTC milliseconds
) STRICT;
CREATE INDEX links_seen ON links (seen);

-- What a finished call answered: not wire bytes, but what they are made of.
CREATE TABLE results (
    id       INTEGER PRIMARY KEY,
    link     INTEGER NOT NULL REFERENCES links (id),
    seq      INTEGER NOT NULL CHECK (seq > 0),
    hash     BLOB    NOT NULL CHECK (length(hash) = 16), -- XXH3-128 of method and params
    text     TEXT    NOT NULL,
    is_error INTEGER NOT NULL CHECK (is_error IN (0, 1)),
    undo_id  TEXT    NOT NULL DEFAULT '',
    created  INTEGER NOT NULL, -- UTC milliseconds
    UNIQUE (link, seq)
) STRICT;
CREATE INDEX results_created ON results (created);

-- Calls that must not run any more: their client was told that the outcome is unknown.
CREATE TABLE abandoned (
    link INTEGER NOT NULL REFERENCES links (id),
    seq  INTEGER NOT NULL CHECK (seq > 0),
    PRIMARY KEY (link, seq)
) STRICT, WITHOUT ROWID;
