#pragma once

#include "cli/places.hpp"

#include <optional>
#include <string>

namespace mayla::cli {

/// What Claude Code's own command line says of the MCP server `mayla`.
struct Registration {
    std::string scope;   ///< "User config (available in all your projects)", "Local config …"
    std::string command; ///< the program
    std::string arguments;

    bool of_user() const { return scope.rfind("User", 0) == 0; }
};

/// Claude Code's command line (`claude`). Its files are its own: we ask and change it through its commands
/// only.
class ClaudeCode {
public:
    /// Nothing when `claude` is not in PATH.
    static std::optional<ClaudeCode> find();

    /// The entry that counts in the current folder; nothing if there is none. Throws Error{unavailable} when
    /// the answer cannot be understood.
    std::optional<Registration> registration() const;
    /// Adds the entry at user scope. False when there is one already.
    bool add(const Places&) const;
    /// Takes the entry at user scope away. False when there was none. Never touches another name or scope.
    bool remove() const;

private:
    explicit ClaudeCode(std::string program) : program_(std::move(program)) {}
    std::string program_;
};

/// Whether the entry starts our shim.
bool is_ours(const Registration&, const Places&);

/// The command that a person types to register.
std::string registration_command(const Places&);

} // namespace mayla::cli
