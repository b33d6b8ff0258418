#include "cli/memory.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "cli/daemon.hpp"
#include "cli/rows.hpp"

#include <array>
#include <cerrno>
#include <deque>
#include <fmt/core.h>
#include <unistd.h>

namespace mayla::cli {

namespace {

using nlohmann::json;

/// The most that the daemon gives in one page.
constexpr int page_rows = 1000;

std::string read_standard_input() {
    std::string text;
    std::array<char, 65536> chunk;
    for (;;) {
        const ssize_t n = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (n == 0) break;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(Code::unavailable, "read standard input", errno);
        text.append(chunk.data(), static_cast<std::size_t>(n));
        if (text.size() > limits::memory_text_bytes) {
            throw Error(Code::too_large, fmt::format("A memory holds at most {} bytes; split the text.",
                                                     limits::memory_text_bytes));
        }
    }
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

void put_if(json& arguments, const char* name, const std::string& value) {
    if (!value.empty()) arguments[name] = value;
}

/// One line that says what a memory is about.
std::string headline(const json& row) {
    std::string title = text_of(row, "title");
    if (!title.empty()) return title;
    const std::string text = text_of(row, "text");
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find('\n', begin) - begin);
}

void print_row(Terminal& out, const json& row) {
    const auto safe = [&](const std::string& text) { return out.interactive() ? shown(text) : text; };
    const std::string title = text_of(row, "title");
    const std::string head = text_of(row, "id") + (title.empty() ? "" : "  " + title);
    out.print(out.styled(Style::bold, shown_line(head)) + "\n");
    std::string about =
        fmt::format("{}, {}", text_of(row, "kind"),
                    text_of(row, "project").empty() ? "every project" : text_of(row, "project_name"));
    if (const std::string tags = joined(row, "tags"); !tags.empty()) about += ", tags " + tags;
    if (const std::string anchors = joined(row, "anchors"); !anchors.empty()) about += ", about " + anchors;
    about += ", created " + text_of(row, "created");
    if (const int rev = row.value("rev", 1); rev > 1)
        about += fmt::format(", revision {} of {}", rev, text_of(row, "updated"));
    if (row.contains("forgotten")) {
        about += ", forgotten " + text_of(row, "forgotten");
        if (const std::string why = text_of(row, "forgotten_why"); !why.empty()) about += " (" + why + ")";
    }
    out.print(out.styled(Style::dim, shown_line(about)) + "\n\n" + safe(text_of(row, "text")) + "\n");
}

} // namespace

std::string text_of(const json& row, const char* member) {
    const auto found = row.find(member);
    return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string joined(const json& row, const char* member) {
    std::string all;
    for (const auto& item : row.value(member, json::array()))
        all += (all.empty() ? "" : ", ") + item.get<std::string>();
    return all;
}

std::string project_argument(const Places& places, const std::string& project) {
    const bool path = project == "." || project == ".." || project.find('/') != std::string::npos;
    if (!path) return project;
    return (places.cwd / project).lexically_normal().string();
}

void each_row(rpc::Client& client, const Places& places, const Filter& filter,
              const std::function<void(const json&)>& each) {
    json arguments = {{"limit", page_rows}};
    put_if(arguments, "project", project_argument(places, filter.project));
    put_if(arguments, "scope", filter.scope);
    put_if(arguments, "kind", filter.kind);
    if (filter.project.empty() && filter.scope.empty()) arguments["scope"] = "all";
    if (!filter.tags.empty()) arguments["tags"] = filter.tags;
    if (filter.deleted) arguments["deleted"] = true;
    for (;;) {
        const json page = client.call("mayla/memory.rows", arguments);
        for (const auto& row : page.value("rows", json::array())) each(row);
        const std::string next = text_of(page, "next");
        if (next.empty()) return;
        arguments["after"] = next;
    }
}

int list_memories(const Places& places, Terminal& out, const Filter& filter, std::size_t limit) {
    rpc::Client client = connect(places);
    std::deque<std::vector<std::string>> newest;
    std::size_t total = 0;
    each_row(client, places, filter, [&](const json& row) {
        const bool forgotten = row.contains("forgotten");
        if (filter.deleted && !forgotten) return;
        ++total;
        newest.push_front({text_of(row, "id"), text_of(row, "updated").substr(0, 10), text_of(row, "kind"),
                           text_of(row, "project").empty() ? "(every project)" : text_of(row, "project_name"),
                           headline(row)});
        if (limit != 0 && newest.size() > limit) newest.pop_back();
    });
    if (total == 0) {
        out.print("No memories here.\n");
        return 0;
    }
    Table table({"ID", "DATE", "KIND", "PROJECT", "TEXT"});
    for (auto& cells : newest) table.row(std::move(cells));
    table.print(out);
    if (newest.size() < total) {
        out.print(out.styled(Style::dim, fmt::format("{} of {}; --limit 0 shows all", newest.size(), total)) +
                  "\n");
    }
    return 0;
}

int search_memories(const Places& places, Terminal& out, const std::string& words, const Filter& filter,
                    std::size_t limit) {
    json arguments = {{"q", words}};
    put_if(arguments, "project", project_argument(places, filter.project));
    put_if(arguments, "scope", filter.scope);
    put_if(arguments, "kind", filter.kind);
    if (!filter.tags.empty()) arguments["tags"] = filter.tags;
    if (limit != 0) arguments["limit"] = limit;
    rpc::Client client = connect(places);
    const std::string text = call_tool(client, "recall", arguments);
    out.print((out.interactive() ? shown(text) : text) + "\n");
    return 0;
}

int show_memories(const Places& places, Terminal& out, const std::vector<std::string>& ids) {
    rpc::Client client = connect(places);
    const json answer = client.call("mayla/memory.rows", {{"ids", ids}});
    bool first = true;
    for (const auto& row : answer.value("rows", json::array())) {
        if (!first) out.print("\n");
        first = false;
        print_row(out, row);
    }
    return 0;
}

int add_memory(const Places& places, Terminal& out, NewMemory memory) {
    json arguments = {{"text", memory.text == "-" ? read_standard_input() : memory.text}};
    put_if(arguments, "title", memory.title);
    put_if(arguments, "kind", memory.kind);
    put_if(arguments, "scope", memory.scope);
    put_if(arguments, "project", project_argument(places, memory.project));
    if (!memory.tags.empty()) arguments["tags"] = memory.tags;
    rpc::Client client = connect(places);
    out.print(shown(call_tool(client, "remember", arguments)) + "\n");
    return 0;
}

int forget_memories(const Places& places, Terminal& out, const std::vector<std::string>& ids,
                    const std::string& reason) {
    json arguments = {{"ids", ids}};
    put_if(arguments, "reason", reason);
    rpc::Client client = connect(places);
    out.print(shown(call_tool(client, "forget", arguments)) + "\n");
    return 0;
}

} // namespace mayla::cli
