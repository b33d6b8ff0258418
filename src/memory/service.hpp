#pragma once

#include "memory/memory.hpp"
#include "store/database.hpp"
#include "store/schema.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// Memories: remember, recall, forget. What writes runs inside a job of the writer, what reads on a lease;
/// plain functions on both, no state of their own. Every limit is named in base/limits.
namespace mayla::memory {

/// The definition of memory.db: results of calls, projects, memories.
store::Definition database(std::string path);

/// Who makes a change; kept with it.
struct Author {
    std::string link; ///< uuid of the link, may be empty
    std::int64_t seq = 0;
    std::string session; ///< Claude's session id, or who it was in words
};

/// A memory to save, or with `id` a new revision of one; then what is not given stays as it is.
struct Draft {
    std::string text;                    ///< always the whole text
    std::optional<std::int64_t> project; ///< row of the project; none: user scope
    /// For a revision: whether `project` is a wish (move it there) or only where the caller is.
    bool move = false;
    std::optional<std::string> kind; ///< fact, decision, gotcha, todo, note (the default), or an own word
    std::optional<std::string> title;
    std::optional<std::string> status; ///< asserted (the default), confirmed
    std::optional<std::vector<std::string>> tags;
    std::optional<std::vector<std::string>> anchors;
    std::vector<Id> supersedes;
    std::optional<Id> id;
    std::optional<std::int64_t> rev; ///< with id: the revision that the caller has seen
};

struct Remembered {
    enum class Outcome {
        created,
        revised,
        already_there, ///< the same text stands in the same scope; nothing was written
    };
    Outcome outcome = Outcome::created;
    Id id;
    std::int64_t rev = 0;
    std::string undo_id; ///< "m12"; empty when nothing was written
};

/// Saves or revises. Throws Error: invalid_argument (empty text, not UTF-8, control characters in tags …),
/// too_large (naming the limit), not_found (id, supersedes), conflict (rev is not the current one, which is
/// named).
Remembered remember(store::Transaction& transaction, const Draft& draft, const Author& author);

struct Forgotten {
    std::vector<Memory> memories; ///< as they were
    std::string undo_id;
};

/// Takes memories out of every search, all or none; their text is kept. Throws Error: not_found (naming which
/// and what to do), invalid_argument (none named), too_large.
Forgotten forget(store::Transaction& transaction, std::span<const Id> ids, std::string_view reason,
                 const Author& author);

/// Which memories a search covers.
struct Scope {
    std::vector<std::int64_t> projects; ///< rows
    bool user = true;                   ///< those of no project
    bool everything = false;            ///< all projects and the user's
};

struct Query {
    std::string text; ///< any text; empty: the newest first
    Scope scope;
    std::string kind;              ///< empty: all
    std::vector<std::string> tags; ///< all of them; ASCII case ignored
    std::size_t limit = 20;        ///< at most limits::recall_rows
    std::string cursor;            ///< of an earlier page; empty: the first
    std::size_t excerpt_bytes = 480;
};

struct Page {
    enum class Matched {
        listed,    ///< no search text: the newest
        words,     ///< by words (stemmed)
        substring, ///< no word was found; by parts of words, or signs that are no words
    };
    std::vector<Memory> rows;  ///< quoted; `text` is an excerpt around the match
    std::size_t all_words = 0; ///< how many of `rows` hold every word asked for; they come first
    std::size_t total = 0;
    bool total_exact = true; ///< false: there are at least `total`
    Matched matched = Matched::listed;
    bool query_cut = false; ///< longer than limits::query_bytes or query_terms: searched by its beginning
    std::string cursor;     ///< for the next page; empty: there is none
};

/// Searches: memories with every word first, then those with any, each ranked by bm25 with titles and tags
/// weighted; what the word index cannot find (emoji, `c++`, CJK inside a run) by substring. Forgotten and
/// superseded ones are not found. Throws Error: invalid_argument (cursor of another search), timed_out,
/// cancelled.
Page recall(store::Snapshot& snapshot, const Query& query);

/// Full memories, in the order asked for, quoted; forgotten and superseded ones too (they say so).
/// Throws Error: not_found naming the unknown ones and the nearest.
std::vector<Memory> by_ids(store::Snapshot& snapshot, std::span<const Id> ids);

/// The memories of the same project (or the user's) written around this one, oldest first, itself included,
/// as excerpts. Throws Error{not_found}.
std::vector<Memory> around(store::Snapshot& snapshot, Id id, std::size_t limit,
                           std::size_t excerpt_bytes = 480);

/// For lists and exports: raw memories in order of id.
struct RowsQuery {
    Scope scope;
    std::string kind;
    std::vector<std::string> tags;
    bool with_forgotten = false;
    Id after;                     ///< the last id of the page before
    std::size_t limit = 200;      ///< rows
    std::size_t bytes = 8u << 20; ///< a page ends early above this much text
};
/// Empty at the end.
std::vector<Memory> rows(store::Snapshot& snapshot, const RowsQuery& query);

/// How many memories there are.
struct Statistics {
    std::int64_t live = 0;
    std::int64_t forgotten = 0;
    std::int64_t user_scope = 0;
    std::int64_t projects = 0;
};
Statistics statistics(store::Snapshot& snapshot);

} // namespace mayla::memory
