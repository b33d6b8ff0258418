#pragma once

#include "cli/places.hpp"
#include "cli/terminal.hpp"

#include <string>
#include <vector>

namespace mayla::cli {

/// Result of one thing that was looked at.
struct Check {
    enum class State {
        ok,
        fail, ///< has to be mended, by `remedy`
        info, ///< worth knowing; nothing is broken
    };
    std::string name;
    State state = State::ok;
    std::string detail;
    std::string remedy; ///< a command; empty unless there is something to do
};

/// Looks at everything that has to be right, in the order in which things depend on each other.
std::vector<Check> examine(const Places&);

/// Shows examine(). The exit status: 1 if any check fails.
int doctor(const Places&, Terminal&, bool as_json);

} // namespace mayla::cli
