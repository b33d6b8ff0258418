#pragma once

#include "store/database.hpp"
#include "workspace/projects.hpp"

#include <optional>
#include <string>

namespace mayla::workspace {

/// How the project of an identity was found.
struct Matched {
    Project project;
    bool sure = false; ///< by the repository itself, and not by an inode alone: git need not be asked
    bool history_known = false; ///< the history was read before, in this state
};

/// The first alias that matches, in the order of DESIGN 6.
std::optional<Matched> match(const Identity& identity, store::Snapshot& snapshot);

/// The value of an alias of kind git_dir.
std::string git_dir_alias(const Identity& identity);
/// The value of an alias of kind history.
std::string history_alias(const std::string& commit, const Identity& identity);

} // namespace mayla::workspace
