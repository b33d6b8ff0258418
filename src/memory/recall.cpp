#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "memory/cursor.hpp"
#include "memory/rows.hpp"
#include "memory/service.hpp"
#include "memory/terms.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

// One search is at most two passes. By words: FTS5 ranks those with every word, and only when they do not
// fill the page those with any. With literals among the terms (`c++`, emoji, CJK) the text itself has to be
// looked at, which is one pass over all memories of the scope. Only ids are sorted; what is shown is read
// afterwards.

namespace mayla::memory {

namespace {

/// How much a word in the title and in the tags counts against one in the text.
constexpr std::string_view rank = "bm25(words, 8.0, 4.0, 1.0)";

/// Parts of words that are looked for at once when no word was found: each is a pass over the text of the
/// scope.
constexpr std::size_t most_parts = 8;

struct Ids {
    std::vector<Id> ids;   ///< best first, as many as were asked for
    std::size_t every = 0; ///< how many of them, from the first on, hold every term
    std::size_t total = 0;
    bool exact = true;
};

std::vector<Id> read_ids(store::Statement& query) {
    std::vector<Id> out;
    while (query.step()) out.push_back({query.integer(0)});
    return out;
}

std::size_t read_count(store::Statement& query) {
    query.step();
    return static_cast<std::size_t>(query.integer(0));
}

class Search {
public:
    Search(store::Snapshot& snapshot, const Condition& condition, const Terms& terms, std::size_t most)
        : snapshot_(snapshot), condition_(condition), terms_(terms), most_(most) {}

    Ids newest() {
        Ids out;
        out.ids = ids("SELECT m.id FROM memories m WHERE 1" + condition_.sql() +
                      " ORDER BY m.updated DESC, m.id DESC LIMIT ?");
        out.total = count("SELECT count(*) FROM memories m WHERE 1" + condition_.sql());
        return out;
    }

    Ids by_words() {
        Ids out;
        out.ids = matching(every_word(terms_.words));
        out.every = out.ids.size();
        out.total = count_matching(every_word(terms_.words));
        if (terms_.words.size() < 2) return out;
        if (out.every == most_) {
            out.exact = false; // those with some of the words were not counted
            return out;
        }
        std::unordered_set<std::int64_t> there;
        for (const Id id : out.ids) there.insert(id.value);
        for (const Id id : matching(any_word(terms_.words), out.every))
            if (out.ids.size() < most_ && there.count(id.value) == 0) out.ids.push_back(id);
        out.total = count_matching(any_word(terms_.words));
        return out;
    }

    /// Words and literals together: every term first, then by how many literals are there, then by rank.
    Ids with_literals() {
        std::string found = "0";
        for (std::size_t i = 0; i < terms_.literals.size(); ++i)
            found += " + (instr(lower(m.title || char(10) || m.tags || char(10) || m.text), ?) > 0)";
        const std::string number = std::to_string(terms_.literals.size());
        const bool words = !terms_.words.empty();
        std::string sql;
        if (words)
            sql = "WITH some AS MATERIALIZED (SELECT rowid AS id, " + std::string(rank) +
                  " AS rank FROM words WHERE words MATCH ?),"
                  " every AS MATERIALIZED (SELECT rowid AS id FROM words WHERE words MATCH ?) ";
        sql += "SELECT id, literals = " + number + (words ? " AND id IN (SELECT id FROM every)" : "") +
               " AS whole FROM (SELECT m.id AS id, " + found + " AS literals, " +
               (words ? "some.rank" : "0") + " AS rank FROM memories m " +
               (words ? "LEFT JOIN some ON some.id = m.id " : "") + "WHERE 1" + condition_.sql() +
               ") WHERE literals > 0" + (words ? " OR rank IS NOT NULL" : "") +
               " ORDER BY whole DESC, literals DESC, rank, id DESC";
        store::Statement query = snapshot_.prepare(sql);
        int index = 1;
        if (words) {
            query.bind_at(index++, any_word(terms_.words));
            query.bind_at(index++, every_word(terms_.words));
        }
        for (const std::string& literal : terms_.literals) query.bind_at(index++, literal);
        condition_.bind(query, index);
        Ids out;
        for (; query.step(); ++out.total) {
            if (out.ids.size() == most_) continue; // only counted
            out.ids.push_back({query.integer(0)});
            if (query.integer(1) != 0) ++out.every;
        }
        return out;
    }

private:
    std::vector<Id> ids(const std::string& sql) {
        store::Statement query = snapshot_.prepare(sql);
        query.bind_at(condition_.bind(query, 1), most_);
        return read_ids(query);
    }
    std::size_t count(const std::string& sql) {
        store::Statement query = snapshot_.prepare(sql);
        condition_.bind(query, 1);
        return read_count(query);
    }
    // CROSS JOIN: the words come first. The planner would rather ask the index once for every memory of the
    // scope.
    /// `more` rows above the limit, for those that the caller has already.
    std::vector<Id> matching(const std::string& expression, std::size_t more = 0) {
        store::Statement query =
            snapshot_.prepare("SELECT words.rowid FROM words CROSS JOIN memories m ON m.id = words.rowid"
                              " WHERE words MATCH ?" +
                              condition_.sql() + " ORDER BY " + std::string(rank) + ", m.id DESC LIMIT ?");
        query.bind_at(1, expression);
        query.bind_at(condition_.bind(query, 2), most_ + more);
        return read_ids(query);
    }
    std::size_t count_matching(const std::string& expression) {
        store::Statement query =
            snapshot_.prepare("SELECT count(*) FROM words CROSS JOIN memories m ON m.id = words.rowid"
                              " WHERE words MATCH ?" +
                              condition_.sql());
        query.bind_at(1, expression);
        condition_.bind(query, 2);
        return read_count(query);
    }

    store::Snapshot& snapshot_;
    const Condition& condition_;
    const Terms& terms_;
    const std::size_t most_;
};

Ids search(store::Snapshot& snapshot, const Condition& condition, const Terms& terms, std::size_t most,
           Page::Matched& matched) {
    if (terms.all.empty()) return Search(snapshot, condition, terms, most).newest();
    matched = terms.words.empty() ? Page::Matched::substring : Page::Matched::words;
    Search first(snapshot, condition, terms, most);
    if (Ids out = terms.literals.empty() ? first.by_words() : first.with_literals(); out.total > 0)
        return out;
    matched = Page::Matched::words;
    Terms wider; // `bar.cpp` is a phrase; perhaps its words stand apart
    wider.words = terms.pieces;
    if (wider.words.size() > terms.words.size())
        if (Ids out = Search(snapshot, condition, wider, most).by_words(); out.total > 0) return out;
    matched = Page::Matched::substring;
    wider = {};
    wider.literals = terms.all;
    if (wider.literals.size() > most_parts) { // the longest say most
        std::stable_sort(wider.literals.begin(), wider.literals.end(),
                         [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
        wider.literals.resize(most_parts);
    }
    return Search(snapshot, condition, wider, most).with_literals();
}

/// What a cursor is bound to.
std::uint64_t search_hash(const Query& query) {
    std::string text = query.text + "\n" + query.kind + "\n";
    for (const std::string& tag : query.tags) text += tag + "\n";
    for (const std::int64_t project : query.scope.projects) text += std::to_string(project) + ",";
    text += query.scope.user ? "u" : "";
    text += query.scope.everything ? "e" : "";
    return fnv1a(text);
}

std::int64_t newest_id(store::Snapshot& snapshot) {
    store::Statement query = snapshot.prepare("SELECT coalesce(max(id), 0) FROM memories");
    query.step();
    return query.integer(0);
}

/// Redacted before it is cut: half a secret would not be recognised.
Memory shortened(Memory memory, const Terms& terms, std::size_t bytes) {
    std::string part = excerpt(redact(memory.text), terms, bytes);
    memory.text.clear();
    memory = quoted(std::move(memory));
    memory.text = std::move(part);
    return memory;
}

/// The index of the first row that the pages before did not show.
std::size_t begin_of_page(const std::vector<Id>& ids, const Cursor& cursor) {
    const auto before = ids.begin() + static_cast<std::ptrdiff_t>(std::min(cursor.seen, ids.size()));
    // the last row shown, wherever what went before it has let it slip to
    const auto last = std::find(ids.begin(), before, cursor.last);
    return static_cast<std::size_t>((last == before ? before : last + 1) - ids.begin());
}

} // namespace

Page recall(store::Snapshot& snapshot, const Query& query) {
    const std::uint64_t hash = search_hash(query);
    Cursor cursor{hash, newest_id(snapshot), 0, {}};
    if (!query.cursor.empty()) cursor = read_cursor(query.cursor, hash);

    Condition condition;
    condition.in_scope(query.scope);
    condition.of_kind(query.kind);
    condition.with_tags(query.tags);
    condition.current();
    condition.add("m.id <= ?", std::vector<std::int64_t>{cursor.newest});

    const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, limits::recall_rows);
    const Terms terms = parse_terms(query.text);
    Page page;
    page.query_cut = terms.cut;
    const Ids found = search(snapshot, condition, terms, cursor.seen + limit + 1, page.matched);
    page.total = found.total;
    page.total_exact = found.exact;
    const std::size_t begin = begin_of_page(found.ids, cursor);
    const std::size_t end = std::min(begin + limit, found.ids.size());
    for (std::size_t i = begin; i < end; ++i)
        page.rows.push_back(shortened(*load(snapshot, found.ids[i]), terms, query.excerpt_bytes));
    page.all_words = terms.all.empty() ? 0 : std::clamp(found.every, begin, end) - begin;
    if (end < found.ids.size()) page.cursor = written({hash, cursor.newest, end, found.ids[end - 1]});
    return page;
}

std::vector<Memory> by_ids(store::Snapshot& snapshot, std::span<const Id> ids) {
    std::vector<Memory> out;
    std::vector<Id> unknown;
    for (const Id id : ids) {
        if (auto memory = load(snapshot, id))
            out.push_back(quoted(std::move(*memory)));
        else
            unknown.push_back(id);
    }
    if (!unknown.empty()) refuse_unknown(snapshot, unknown);
    return out;
}

std::vector<Memory> around(store::Snapshot& snapshot, Id id, std::size_t limit, std::size_t excerpt_bytes) {
    const std::optional<Memory> middle = load(snapshot, id);
    if (!middle) refuse_unknown(snapshot, {id});
    const auto neighbours = [&](std::string_view side, std::size_t most) {
        store::Statement query =
            snapshot.prepare("SELECT id FROM memories WHERE project IS ?1 AND forgotten IS NULL AND id " +
                             std::string(side) + " LIMIT ?3");
        query.bind(middle->project, id.value, most);
        return read_ids(query);
    };
    const std::size_t others = std::clamp<std::size_t>(limit, 1, limits::recall_rows) - 1;
    std::vector<Id> before = neighbours("< ?2 ORDER BY id DESC", others);
    std::vector<Id> after = neighbours("> ?2 ORDER BY id", others);
    // half on each side, more where the other side has fewer
    const std::size_t most_before = std::max(others / 2, others - std::min(after.size(), others));
    before.resize(std::min(before.size(), most_before));
    after.resize(std::min(after.size(), others - before.size()));

    std::vector<Id> ids(before.rbegin(), before.rend());
    ids.push_back(id);
    ids.insert(ids.end(), after.begin(), after.end());
    std::vector<Memory> out;
    for (const Id each : ids) out.push_back(shortened(*load(snapshot, each), {}, excerpt_bytes));
    return out;
}

std::vector<Memory> rows(store::Snapshot& snapshot, const RowsQuery& query) {
    Condition condition;
    condition.in_scope(query.scope);
    condition.of_kind(query.kind);
    condition.with_tags(query.tags);
    if (!query.with_forgotten) condition.add("m.forgotten IS NULL", std::vector<std::int64_t>{});
    store::Statement ids = snapshot.prepare("SELECT m.id FROM memories m WHERE m.id > ?" + condition.sql() +
                                            " ORDER BY m.id LIMIT ?");
    ids.bind_at(1, query.after.value);
    ids.bind_at(condition.bind(ids, 2), query.limit);
    std::vector<Memory> out;
    for (std::size_t bytes = 0; (out.empty() || bytes < query.bytes) && ids.step();) {
        out.push_back(*load(snapshot, {ids.integer(0)}));
        bytes += out.back().text.size();
    }
    return out;
}

Statistics statistics(store::Snapshot& snapshot) {
    store::Statement query =
        snapshot.prepare("SELECT count(*) FILTER (WHERE forgotten IS NULL), count(forgotten),"
                         " count(*) FILTER (WHERE forgotten IS NULL AND project IS NULL),"
                         " (SELECT count(*) FROM projects) FROM memories");
    query.step();
    return {query.integer(0), query.integer(1), query.integer(2), query.integer(3)};
}

} // namespace mayla::memory
