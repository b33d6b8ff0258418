#include "cli/claude.hpp"

#include "base/error.hpp"
#include "service/program.hpp"

#include <chrono>

namespace mayla::cli {

namespace {

/// `claude mcp get` starts the server to see whether it answers.
constexpr std::chrono::seconds patience{60};

/// The value of a line "  KEY: value"; nothing when there is no such line.
std::optional<std::string> field(const std::string& text, const std::string& key) {
    const std::string start = "\n  " + key + ":";
    const auto begin = text.find(start);
    if (begin == std::string::npos) return std::nullopt;
    const auto value = text.find_first_not_of(' ', begin + start.size());
    const auto end = text.find('\n', begin + 1);
    if (value == std::string::npos || value >= end) return std::string();
    return text.substr(value, end - value);
}

bool has(const Finished& done, const char* words) {
    return done.err.find(words) != std::string::npos || done.out.find(words) != std::string::npos;
}

/// A word as a POSIX shell reads it back.
std::string shell_word(const std::string& word) {
    constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%:,=";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

} // namespace

std::optional<ClaudeCode> ClaudeCode::find() {
    std::string program = service::find_program("claude");
    if (program.empty()) return std::nullopt;
    return ClaudeCode(std::move(program));
}

std::optional<Registration> ClaudeCode::registration() const {
    const Finished done = service::ask({program_, "mcp", "get", "mayla"}, patience);
    if (done.status != 0 && has(done, "No MCP server")) return std::nullopt;
    const auto scope = field(done.out, "Scope");
    if (done.status != 0 || !scope) {
        throw Error(Code::unavailable, "`claude mcp get mayla` failed: " + service::complaint(done));
    }
    return Registration{*scope, field(done.out, "Command").value_or(""),
                        field(done.out, "Args").value_or("")};
}

bool ClaudeCode::add(const Places& places) const {
    const Finished done = service::ask(
        {program_, "mcp", "add", "-s", "user", "mayla", "--", places.shim().string(), "mcp"}, patience);
    if (done.status == 0) return true;
    if (has(done, "already exists")) return false;
    throw Error(Code::unavailable, "`claude mcp add` failed: " + service::complaint(done));
}

bool ClaudeCode::remove() const {
    const Finished done = service::ask({program_, "mcp", "remove", "-s", "user", "mayla"}, patience);
    if (done.status == 0) return true;
    if (has(done, "No MCP server") || has(done, "No user-scoped MCP server")) return false;
    throw Error(Code::unavailable, "`claude mcp remove` failed: " + service::complaint(done));
}

bool is_ours(const Registration& entry, const Places& places) {
    return entry.command == places.shim().string() && entry.arguments == "mcp";
}

std::string registration_command(const Places& places) {
    return "claude mcp add -s user mayla -- " + shell_word(places.shim().string()) + " mcp";
}

} // namespace mayla::cli
