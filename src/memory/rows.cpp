#include "memory/rows.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <utility>

namespace mayla::memory {

namespace {

constexpr std::string_view columns =
    "SELECT m.id, m.uid, m.rev, m.project, m.kind, m.status, m.created, m.updated, m.forgotten, m.why, "
    "m.session,"
    " m.tags, m.anchors, m.title, m.text, p.uuid, p.name"
    " FROM memories m LEFT JOIN projects p ON p.id = m.project WHERE m.id = ?1";

std::vector<std::string> parts_of(std::string_view lines) {
    std::vector<std::string> out;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        out.emplace_back(lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return out;
}

std::vector<Id> ids_of(store::Statement query, Id about) {
    std::vector<Id> out;
    query.bind(about.value);
    while (query.step()) out.push_back({query.integer(0)});
    return out;
}

} // namespace

std::string lines_of(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += '\n';
        out += part;
    }
    return out;
}

std::optional<Memory> load(store::Snapshot& snapshot, Id id) {
    store::Statement row = snapshot.prepare(columns);
    row.bind(id.value);
    if (!row.step()) return std::nullopt;
    Memory memory;
    memory.id = id;
    memory.uid = row.text(1);
    memory.rev = row.integer(2);
    if (!row.null(3)) memory.project = row.integer(3);
    memory.kind = row.text(4);
    memory.status = row.text(5);
    memory.created_ms = row.integer(6);
    memory.updated_ms = row.integer(7);
    if (!row.null(8)) memory.forgotten_ms = row.integer(8);
    memory.forgotten_why = row.text(9);
    memory.session = row.text(10);
    memory.tags = parts_of(row.text(11));
    memory.anchors = parts_of(row.text(12));
    memory.title = row.text(13);
    memory.text = row.text(14);
    memory.text_bytes = memory.text.size();
    memory.project_uuid = row.text(15);
    memory.project_name = row.text(16);
    memory.supersedes =
        ids_of(snapshot.prepare("SELECT older FROM supersedes WHERE newer = ?1 ORDER BY older"), id);
    memory.superseded_by =
        ids_of(snapshot.prepare("SELECT s.newer FROM supersedes s JOIN memories n ON n.id = s.newer"
                                " WHERE s.older = ?1 AND n.forgotten IS NULL ORDER BY s.newer"),
               id);
    return memory;
}

void refuse_unknown(store::Snapshot& snapshot, const std::vector<Id>& unknown) {
    std::string names;
    for (const Id id : unknown) names += (names.empty() ? "" : ", ") + shown(id);
    store::Statement query = snapshot.prepare("SELECT coalesce(max(id), 0) FROM memories");
    query.step();
    const Id last{query.integer(0)};
    throw Error(Code::not_found, "there is no memory " + names +
                                     (last.value == 0 ? "; nothing has been remembered yet."
                                                      : "; ids go up to " + shown(last) +
                                                            ". Find the one that is meant with recall."));
}

void Condition::add(std::string_view sql, std::vector<std::string> texts) {
    sql_ += " AND ";
    sql_ += sql;
    for (std::string& text : texts) values_.emplace_back(std::move(text));
}

void Condition::add(std::string_view sql, std::vector<std::int64_t> integers) {
    sql_ += " AND ";
    sql_ += sql;
    for (const std::int64_t integer : integers) values_.emplace_back(integer);
}

void Condition::in_scope(const Scope& scope) {
    if (scope.everything) return;
    std::string any;
    for (std::size_t i = 0; i < scope.projects.size(); ++i) any += any.empty() ? "?" : ", ?";
    if (!any.empty()) any = "m.project IN (" + any + ")";
    if (scope.user) any += any.empty() ? "m.project IS NULL" : " OR m.project IS NULL";
    add(any.empty() ? "0" : "(" + any + ")", scope.projects);
}

void Condition::of_kind(const std::string& kind) {
    const std::string wanted = ascii_lower(trimmed(kind));
    if (!wanted.empty()) add("m.kind = ?", std::vector<std::string>{wanted});
}

void Condition::with_tags(const std::vector<std::string>& tags) {
    for (const std::string& tag : tags)
        if (const std::string wanted = ascii_lower(trimmed(tag)); !wanted.empty())
            add("instr(char(10) || lower(m.tags) || char(10), ?) > 0",
                std::vector<std::string>{"\n" + wanted + "\n"});
}

void Condition::current() {
    sql_ += " AND m.forgotten IS NULL AND NOT EXISTS (SELECT 1 FROM supersedes s JOIN memories n ON n.id = "
            "s.newer"
            " WHERE s.older = m.id AND n.forgotten IS NULL)";
}

int Condition::bind(store::Statement& statement, int first) const {
    for (const Value& value : values_)
        std::visit([&](const auto& each) { statement.bind_at(first++, each); }, value);
    return first;
}

} // namespace mayla::memory
