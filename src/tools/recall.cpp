#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "memory/service.hpp"
#include "tools/answer.hpp"
#include "tools/memory_tools.hpp"
#include "tools/place.hpp"

#include <charconv>

namespace mayla::tools {

namespace {

constexpr std::size_t usual_rows = 20;
constexpr std::size_t excerpt_bytes = 480;
/// Room that is kept for the header and for what stands below the rows.
constexpr std::size_t frame_bytes = 400;

/// Where a page of full texts goes on: the position in `ids`, and the byte in that memory's text.
struct TextCursor {
    std::size_t index = 0;
    std::size_t offset = 0;
};

TextCursor read_cursor(const std::optional<std::string>& cursor) {
    TextCursor at;
    if (!cursor) return at;
    const char* const end = cursor->data() + cursor->size();
    const auto index = std::from_chars(cursor->data(), end, at.index);
    const bool colon = index.ec == std::errc() && index.ptr != end && *index.ptr == ':';
    const auto offset = colon ? std::from_chars(index.ptr + 1, end, at.offset) : index;
    if (!colon || offset.ec != std::errc() || offset.ptr != end)
        throw Error(Code::invalid_argument,
                    "this 'cursor' belongs to another question; repeat the question without it");
    return at;
}

std::string details(const memory::Memory& memory) {
    std::string line = "    rev " + std::to_string(memory.rev) + ", " + memory.status + ", " +
                       (memory.project ? "project " + memory.project_name : std::string("user scope")) +
                       ", written " + timestamp(memory.created_ms) + ", changed " +
                       timestamp(memory.updated_ms);
    if (!memory.supersedes.empty()) {
        line += ", supersedes";
        for (const memory::Id older : memory.supersedes) line += " " + shown(older);
    }
    line += "\n";
    for (const std::string& anchor : memory.anchors) line += "    about " + shown_line(anchor) + "\n";
    if (memory.forgotten_ms && !memory.forgotten_why.empty())
        line += "    forgotten because: " + shown_line(memory.forgotten_why) + "\n";
    return line;
}

mcp::Reply full_texts(store::Snapshot& snapshot, const RecallArguments& arguments, std::size_t room) {
    const std::vector<memory::Id> ids = memory::parse_ids(arguments.ids);
    const std::vector<memory::Memory> found = memory::by_ids(snapshot, ids);
    TextCursor at = read_cursor(arguments.cursor);
    std::string out = "recall  " + memories(found.size()) + " in full\n";
    std::string next;
    for (; at.index < found.size(); ++at.index, at.offset = 0) {
        const memory::Memory& memory = found[at.index];
        if (at.offset == 0) out += memory_row(memory, false) + details(memory);
        std::string_view rest = std::string_view(memory.text).substr(std::min(at.offset, memory.text.size()));
        // Each page shows something, so that following the cursors always ends.
        const std::size_t left = std::max<std::size_t>(room > out.size() ? room - out.size() : 0, 256);
        const std::string_view part = cut(rest, left);
        out += indented(part, part.size());
        if (part.size() < rest.size())
            next = std::to_string(at.index) + ":" + std::to_string(at.offset + part.size());
        else if (out.size() >= room && at.index + 1 < found.size())
            next = std::to_string(at.index + 1) + ":0";
        if (!next.empty()) break;
    }
    if (!next.empty()) out += "more: cursor=" + next + "\n";
    return {out, false, {}};
}

mcp::Reply timeline(store::Snapshot& snapshot, const RecallArguments& arguments, std::size_t room) {
    const memory::Id centre = memory::parse_id(*arguments.around);
    const std::size_t limit = row_limit(arguments.limit, usual_rows, limits::recall_rows);
    const std::vector<memory::Memory> rows = memory::around(snapshot, centre, limit, excerpt_bytes);
    std::string out = "recall  around " + shown(centre) + ": " + memories(rows.size()) + ", oldest first\n";
    std::size_t left_out = 0;
    for (const memory::Memory& memory : rows) {
        const std::string row = (memory.id == centre ? "> " : "  ") + memory_row(memory, false);
        if (out.size() + row.size() + frame_bytes > room && memory.id != centre)
            ++left_out;
        else
            out += row;
    }
    if (left_out > 0) out += std::to_string(left_out) + " more rows do not fit into the budget\n";
    return {out, false, {}};
}

std::string scope_words(const RecallArguments& arguments, const std::string& root) {
    if (arguments.scope == "all") return "all projects";
    if (arguments.scope == "user") return "user scope";
    return (arguments.scope == "project" ? "project " : "user scope and project ") + root;
}

std::string nothing_found(const RecallArguments& arguments, const std::string& where) {
    std::string out = "recall  0 memories";
    if (arguments.q && !arguments.q->empty()) out += " match \"" + shown_line(cut(*arguments.q, 120)) + "\"";
    out += " in " + where + ". Looked by words, then by parts of words; complete.\n";
    if (arguments.scope != "all") out += "Try scope=all, which covers every project. ";
    return out + "remember stores what is found out now.\n";
}

/// The rows of a page as text, as many as fit; `shown_rows` says how many those are.
std::string page_text(const memory::Page& page, bool with_project, std::size_t room,
                      std::size_t& shown_rows) {
    std::string out;
    shown_rows = 0;
    for (const memory::Memory& memory : page.rows) {
        std::string row = memory_row(memory, with_project);
        if (memory.title.empty() ? memory.text_bytes > headline(memory).size() : true)
            row += indented(memory.text, excerpt_bytes);
        if (memory.text_bytes > memory.text.size())
            row += "    … " + std::to_string(memory.text_bytes) + " bytes in all: ids=[\"" +
                   shown(memory.id) + "\"]\n";
        if (shown_rows > 0 && out.size() + row.size() > room) break;
        out += row;
        ++shown_rows;
    }
    return out;
}

mcp::Reply search(store::Snapshot& snapshot, const RecallArguments& arguments, memory::Query query,
                  const std::string& where, std::size_t room) {
    memory::Page page = memory::recall(snapshot, query);
    if (page.rows.empty() && query.cursor.empty()) return {nothing_found(arguments, where), false, {}};
    const bool with_project = arguments.scope == "all";
    std::size_t fitting = 0;
    const std::size_t rows_room = room > frame_bytes ? room - frame_bytes : 0;
    std::string rows = page_text(page, with_project, rows_room, fitting);
    if (fitting <
        page.rows.size()) { // a page that ends where the budget does, so that its cursor goes on from there
        query.limit = fitting;
        page = memory::recall(snapshot, query);
        rows = page_text(page, with_project, rows_room, fitting);
    }
    std::string out =
        "recall  " + std::string(page.total_exact ? "" : ">=") + memories(page.total) + " in " + where;
    if (page.matched == memory::Page::Matched::substring) out += ", matched by parts of words";
    if (page.matched == memory::Page::Matched::listed) out += ", newest first";
    if (page.matched == memory::Page::Matched::words && page.all_words < page.rows.size())
        out += ", " + std::to_string(page.all_words) + " of the " + std::to_string(page.rows.size()) +
               " shown have every word";
    if (page.query_cut) out += ", searched by the beginning of q";
    out += "\n" + rows;
    if (!page.cursor.empty()) out += "more: cursor=" + page.cursor + "\n";
    return {out, false, {}};
}

} // namespace

mcp::Outcome recall(Services& services, const mcp::Call& call, const RecallArguments& arguments) {
    const std::size_t room = answer_bytes(arguments.budget);
    if (!arguments.ids.empty() || arguments.around) {
        auto lease = services.memory.lease(call.deadline, &call.cancelled);
        return arguments.ids.empty() ? timeline(lease, arguments, room) : full_texts(lease, arguments, room);
    }
    memory::Query query;
    query.text = arguments.q.value_or("");
    query.kind = arguments.kind.value_or("");
    query.tags = arguments.tags;
    query.limit = row_limit(arguments.limit, usual_rows, limits::recall_rows);
    query.cursor = arguments.cursor.value_or("");
    query.excerpt_bytes = excerpt_bytes;
    query.scope.user = arguments.scope != "project";
    query.scope.everything = arguments.scope == "all";
    std::optional<Place> place;
    if (arguments.scope != "all" && arguments.scope != "user")
        place = place_of(services, call, arguments.project, workspace::Projects::Intent::look);
    auto lease = services.memory.lease(call.deadline, &call.cancelled);
    if (place) query.scope.projects = searched_projects(*place, lease);
    return search(lease, arguments, std::move(query), scope_words(arguments, place ? place->root() : ""),
                  room);
}

} // namespace mayla::tools
