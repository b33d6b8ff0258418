#include "tools/answer.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <ctime>

namespace mayla::tools {

namespace {

std::string formatted(std::int64_t ms, const char* format) {
    const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, format, &utc));
}

} // namespace

std::size_t answer_bytes(const std::optional<std::int64_t>& budget) {
    if (budget && *budget < 1)
        throw Error(Code::invalid_argument, "'budget' is a number of tokens, at least 1");
    const std::uint64_t tokens = budget ? static_cast<std::uint64_t>(*budget) : limits::answer_budget;
    const std::uint64_t most = limits::answer_bytes;
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(most, std::min<std::uint64_t>(tokens, most) * 36 / 10));
}

std::size_t row_limit(const std::optional<std::int64_t>& limit, std::size_t usual, std::size_t most) {
    if (!limit) return usual;
    if (*limit < 1 || static_cast<std::uint64_t>(*limit) > most)
        throw Error(Code::invalid_argument, "'limit' is a number of rows, 1 to " + std::to_string(most));
    return static_cast<std::size_t>(*limit);
}

std::string date(std::int64_t ms) { return formatted(ms, "%Y-%m-%d"); }

std::string timestamp(std::int64_t ms) { return formatted(ms, "%Y-%m-%dT%H:%M:%SZ"); }

std::string memory_row(const memory::Memory& memory, bool with_project) {
    std::string row =
        shown(memory.id) + " " + date(memory.updated_ms) + " " + memory.kind + "  " + headline(memory);
    if (!memory.tags.empty()) {
        row += "  [";
        for (const std::string& tag : memory.tags) row += (row.back() == '[' ? "" : ", ") + tag;
        row += "]";
    }
    if (with_project) row += memory.project ? "  (" + memory.project_name + ")" : "  (user)";
    if (memory.forgotten_ms) row += "  FORGOTTEN " + date(*memory.forgotten_ms);
    for (const memory::Id newer : memory.superseded_by) row += "  superseded by " + shown(newer);
    return row + "\n";
}

std::string indented(std::string_view text, std::size_t bytes) {
    std::string out;
    text = cut(text, bytes);
    while (!text.empty()) {
        const std::size_t newline = std::min(text.find('\n'), text.size());
        if (newline > 0) out.append("    ").append(text.substr(0, newline));
        out += "\n";
        text.remove_prefix(std::min(newline + 1, text.size()));
    }
    return out;
}

std::string memories(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " memory" : " memories");
}

} // namespace mayla::tools
