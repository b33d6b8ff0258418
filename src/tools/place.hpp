#pragma once

#include "mcp/call.hpp"
#include "tools/services.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mayla::tools {

/// What a call is about: a folder that was looked at, or a project that was named.
struct Place {
    std::optional<workspace::Identity> identity;
    std::optional<workspace::Project> named;

    /// The absolute root, or the path where a named project was last seen, as it may be shown.
    std::string root() const;
};

/// The place of a call (DESIGN 4, "Root of a call"): its `project` argument (a path, a uuid or a name), else
/// CLAUDE_PROJECT_DIR, else the first MCP root, else the directory the session works in. For a write (`keep`)
/// several MCP roots without anything that chooses among them are refused, with the list.
///
/// Throws Error: invalid_argument, not_found, conflict. On a worker: it reads the file system and may run
/// git.
Place place_of(Services& services, const mcp::Call& call, const std::optional<std::string>& project,
               workspace::Projects::Intent intent);

/// The rows of the project and those whose memories it shares (the superprojects of a submodule).
std::vector<std::int64_t> searched_projects(const Place& place, store::Snapshot& snapshot);

/// The project that a write at this place belongs to, made if it is new.
workspace::Project written_project(const Place& place, store::Transaction& transaction);

} // namespace mayla::tools
