#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "memory/rows.hpp"
#include "memory/service.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace mayla::memory {

namespace {

/// Bytes for people: "1 MiB", "4096 bytes".
std::string size_in_words(std::size_t bytes) {
    if (bytes >= (1u << 20) && bytes % (1u << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
    return std::to_string(bytes) + " bytes";
}

void require_utf8(std::string_view name, std::string_view text) {
    if (!is_utf8(text)) throw Error(Code::invalid_argument, std::string(name) + " is not UTF-8.");
}

void require_size(const std::string& name, std::size_t size, std::size_t most, std::string_view way_out) {
    if (size > most)
        throw Error(Code::too_large, name + " has " + std::to_string(size) + " bytes; the limit is " +
                                         size_in_words(most) + ". " + std::string(way_out));
}

/// One line: ends trimmed, line breaks and tabs as blanks. Other control characters are refused: nobody means
/// them.
std::string line(const std::string& name, std::string_view text, std::size_t most) {
    require_utf8(name, text);
    std::string out(trimmed(text));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    if (shown_line(out) != out)
        throw Error(Code::invalid_argument, name + " holds control characters; write it as plain text.");
    require_size(name, out.size(), most, "Shorten it.");
    return out;
}

std::vector<std::string> list(const std::string& name, const std::vector<std::string>& parts,
                              std::size_t most, std::size_t most_bytes) {
    if (parts.size() > most)
        throw Error(Code::too_large, std::to_string(parts.size()) + " " + name + "s; the limit is " +
                                         std::to_string(most) + ". Keep those that matter.");
    std::vector<std::string> out;
    for (const std::string& part : parts) {
        std::string clean = line("a " + name, part, most_bytes);
        if (!clean.empty() && std::find(out.begin(), out.end(), clean) == out.end())
            out.push_back(std::move(clean));
    }
    return out;
}

/// What a revision holds, checked and ready to be stored.
struct Content {
    std::optional<std::int64_t> project;
    std::string kind = "note";
    std::string status = "asserted";
    std::string title;
    std::string text;
    std::string tags;
    std::string anchors;
    bool operator==(const Content&) const = default;
};

void apply(Content& content, const Draft& draft) {
    require_utf8("text", draft.text);
    if (trimmed(draft.text).empty())
        throw Error(Code::invalid_argument, "text is empty; say what is to be remembered.");
    require_size("text", draft.text.size(), limits::memory_text_bytes,
                 "Keep what matters, or split it into several memories.");
    content.text = draft.text;
    if (draft.kind) {
        const std::string kind = ascii_lower(line("kind", *draft.kind, limits::memory_kind_bytes));
        content.kind = kind.empty() ? "note" : kind;
    }
    if (draft.status) {
        if (*draft.status != "asserted" && *draft.status != "confirmed")
            throw Error(Code::invalid_argument,
                        "status '" + shown_line(cut(*draft.status, 80)) + "'; it is asserted or confirmed.");
        content.status = *draft.status;
    }
    if (draft.title) content.title = line("title", *draft.title, limits::memory_title_bytes);
    if (draft.tags)
        content.tags = lines_of(list("tag", *draft.tags, limits::memory_tags, limits::memory_tag_bytes));
    if (draft.anchors)
        content.anchors =
            lines_of(list("anchor", *draft.anchors, limits::memory_anchors, limits::memory_anchor_bytes));
}

Content content_of(const Memory& memory) {
    return {memory.project, memory.kind,           memory.status,           memory.title,
            memory.text,    lines_of(memory.tags), lines_of(memory.anchors)};
}

std::int64_t hash_of(std::string_view text) { return std::bit_cast<std::int64_t>(fnv1a(text)); }

std::string session_of(const Author& author) {
    return std::string(cut(shown_line(author.session), limits::memory_session_bytes));
}

/// The live memory that holds this text in this scope already.
std::optional<Id> same_text(store::Snapshot& snapshot, const Content& content) {
    Condition current;
    current.current();
    store::Statement query = snapshot.prepare(
        "SELECT m.id FROM memories m WHERE m.text_hash = ?1 AND m.project IS ?2 AND m.text = ?3" +
        current.sql() + " ORDER BY m.id LIMIT 1");
    query.bind(hash_of(content.text), content.project, content.text);
    if (!query.step()) return std::nullopt;
    return Id{query.integer(0)};
}

std::int64_t begin_change(store::Transaction& transaction, std::string_view what, const Author& author) {
    transaction.prepare("INSERT INTO changes (what, at, link, seq, session) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(what, transaction.now_ms(), author.link, author.seq, session_of(author))
        .run();
    return transaction.last_id();
}

void record(store::Transaction& transaction, std::int64_t change, Id id, std::int64_t before,
            std::int64_t after) {
    transaction.prepare("INSERT INTO changed (change, memory, rev_before, rev_after) VALUES (?1, ?2, ?3, ?4)")
        .bind(change, id.value, before, after)
        .run();
}

/// Keeps the revision that is about to be replaced.
void keep_version(store::Transaction& transaction, Id id) {
    transaction
        .prepare("INSERT INTO versions (memory, rev, project, kind, status, updated, forgotten, why, link, "
                 "seq, session,"
                 " tags, anchors, title, text) SELECT id, rev, project, kind, status, updated, forgotten, "
                 "why, link, seq,"
                 " session, tags, anchors, title, text FROM memories WHERE id = ?1")
        .bind(id.value)
        .run();
}

Id insert(store::Transaction& transaction, const Content& content, const Author& author) {
    transaction
        .prepare("INSERT INTO memories (uid, rev, project, kind, status, created, updated, link, seq, "
                 "session, text_hash,"
                 " tags, anchors, title, text) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                 "?12, ?13)")
        .bind(random_uuid(), content.project, content.kind, content.status, transaction.now_ms(), author.link,
              author.seq, session_of(author), hash_of(content.text), content.tags, content.anchors,
              content.title, content.text)
        .run();
    return {transaction.last_id()};
}

void update(store::Transaction& transaction, Id id, const Content& content, const Author& author) {
    transaction
        .prepare("UPDATE memories SET rev = rev + 1, project = ?2, kind = ?3, status = ?4, updated = ?5, "
                 "link = ?6,"
                 " seq = ?7, session = ?8, text_hash = ?9, tags = ?10, anchors = ?11, title = ?12, text = ?13"
                 " WHERE id = ?1")
        .bind(id.value, content.project, content.kind, content.status, transaction.now_ms(), author.link,
              author.seq, session_of(author), hash_of(content.text), content.tags, content.anchors,
              content.title, content.text)
        .run();
}

/// Checks what a draft supersedes; gives those that `already` does not hold.
std::vector<Id> newly_superseded(store::Snapshot& snapshot, const Draft& draft,
                                 const std::vector<Id>& already, std::optional<Id> self) {
    if (draft.supersedes.size() > limits::memory_ids)
        throw Error(Code::too_large, "supersedes names " + std::to_string(draft.supersedes.size()) +
                                         " memories; the limit is " + std::to_string(limits::memory_ids) +
                                         ".");
    std::vector<Id> out;
    std::vector<Id> unknown;
    for (const Id id : draft.supersedes) {
        if (self && id == *self)
            throw Error(Code::invalid_argument,
                        shown(id) + " cannot supersede itself. To change it, give its id alone.");
        if (!load(snapshot, id)) unknown.push_back(id);
        const auto same = [id](const Id& other) { return other == id; };
        if (std::none_of(already.begin(), already.end(), same) && std::none_of(out.begin(), out.end(), same))
            out.push_back(id);
    }
    if (!unknown.empty()) refuse_unknown(snapshot, unknown);
    return out;
}

void supersede(store::Transaction& transaction, Id newer, std::int64_t rev, const std::vector<Id>& older) {
    for (const Id id : older)
        transaction.prepare("INSERT INTO supersedes (newer, older, rev) VALUES (?1, ?2, ?3)")
            .bind(newer.value, id.value, rev)
            .run();
}

std::string undo_id(std::int64_t change) { return "m" + std::to_string(change); }

Remembered revise(store::Transaction& transaction, const Draft& draft, const Author& author) {
    const Id id = *draft.id;
    const std::optional<Memory> before = load(transaction, id);
    if (!before) refuse_unknown(transaction, {id});
    if (before->forgotten_ms)
        throw Error(Code::not_found,
                    shown(id) + " was forgotten" +
                        (before->forgotten_why.empty() ? "" : " (" + quoted(*before).forgotten_why + ")") +
                        "; save the text as a new memory, without an id.");
    if (draft.rev && *draft.rev != before->rev)
        throw Error(Code::conflict,
                    shown(id) + " is at rev " + std::to_string(before->rev) + ", not " +
                        std::to_string(*draft.rev) +
                        ": it was changed meanwhile. Read it (recall with its id) and revise that.");
    Content content = content_of(*before);
    apply(content, draft);
    if (draft.move) content.project = draft.project;
    const std::vector<Id> older = newly_superseded(transaction, draft, before->supersedes, id);
    if (older.empty() && content == content_of(*before))
        return {Remembered::Outcome::already_there, id, before->rev, ""};
    const std::int64_t change = begin_change(transaction, "revised", author);
    keep_version(transaction, id);
    update(transaction, id, content, author);
    supersede(transaction, id, before->rev + 1, older);
    record(transaction, change, id, before->rev, before->rev + 1);
    return {Remembered::Outcome::revised, id, before->rev + 1, undo_id(change)};
}

} // namespace

Remembered remember(store::Transaction& transaction, const Draft& draft, const Author& author) {
    if (draft.id) return revise(transaction, draft, author);
    if (draft.rev)
        throw Error(Code::invalid_argument, "rev says which revision of a memory was seen; it needs the id.");
    Content content;
    content.project = draft.project;
    apply(content, draft);
    const std::vector<Id> older = newly_superseded(transaction, draft, {}, std::nullopt);
    if (const auto same = same_text(transaction, content)) {
        if (older.empty())
            return {Remembered::Outcome::already_there, *same, load(transaction, *same)->rev, ""};
        Draft again = draft; // the text is there; that it supersedes others is new
        again.id = same;
        return revise(transaction, again, author);
    }
    const std::int64_t change = begin_change(transaction, "created", author);
    const Id id = insert(transaction, content, author);
    supersede(transaction, id, 1, older);
    record(transaction, change, id, 0, 1);
    return {Remembered::Outcome::created, id, 1, undo_id(change)};
}

Forgotten forget(store::Transaction& transaction, std::span<const Id> ids, std::string_view reason,
                 const Author& author) {
    if (ids.empty()) throw Error(Code::invalid_argument, "ids is empty; name the memories to forget.");
    if (ids.size() > limits::memory_ids)
        throw Error(Code::too_large, std::to_string(ids.size()) + " ids; one call may name " +
                                         std::to_string(limits::memory_ids) + " memories.");
    const std::string why = line("reason", reason, limits::memory_reason_bytes);
    Forgotten out;
    std::vector<Id> unknown;
    for (const Id id : ids) {
        if (auto memory = load(transaction, id))
            out.memories.push_back(std::move(*memory));
        else
            unknown.push_back(id);
    }
    if (!unknown.empty()) refuse_unknown(transaction, unknown);
    std::int64_t change = 0;
    for (const Memory& memory : out.memories) {
        // one named twice, or forgotten before, is as it should be
        if (load(transaction, memory.id)->forgotten_ms) continue;
        if (change == 0) change = begin_change(transaction, "forgotten", author);
        keep_version(transaction, memory.id);
        transaction
            .prepare("UPDATE memories SET rev = rev + 1, forgotten = ?2, why = ?3, updated = ?2, link = ?4, "
                     "seq = ?5,"
                     " session = ?6 WHERE id = ?1")
            .bind(memory.id.value, transaction.now_ms(), why, author.link, author.seq, session_of(author))
            .run();
        record(transaction, change, memory.id, memory.rev, memory.rev + 1);
    }
    if (change != 0) out.undo_id = undo_id(change);
    return out;
}

} // namespace mayla::memory
