-- Projects, and the ways to find them (DESIGN 6).

CREATE TABLE projects (
    id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: memories point to it
    uuid    TEXT    NOT NULL UNIQUE,           -- the name for ever, also in exports
    name    TEXT    NOT NULL,                  -- for people; not unique
    path    TEXT    NOT NULL,                  -- a root it was last seen at
    created INTEGER NOT NULL                   -- UTC milliseconds
) STRICT;
CREATE INDEX projects_name ON projects (name);

-- An alias is added when it is first seen and never points elsewhere, unless a person says so.
-- kind        value
-- uuid        what stands in <git common dir>/mayla-project
-- git_dir     git common dir, line feed, its inode
-- history     a root commit, blank, the normalised URL of origin (may be empty)
-- path        the root itself
CREATE TABLE aliases (
    kind    TEXT    NOT NULL CHECK (kind IN ('uuid', 'git_dir', 'history', 'path')),
    value   TEXT    NOT NULL,
    project INTEGER NOT NULL REFERENCES projects (id),
    -- of a git_dir: the state its history was read in, so that git is asked again only when that changed
    state   TEXT    NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_project ON aliases (project);
