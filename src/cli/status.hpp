#pragma once

#include "cli/places.hpp"
#include "cli/terminal.hpp"

#include <cstdint>

namespace mayla::cli {

/// Shows the daemon, its databases and its connections. The exit status; without a daemon 1, and in JSON
/// {"running": false, "error": …}.
int status(const Places&, Terminal&, bool as_json);

/// "3 min", "2 h 5 min": a length of time as people say it.
std::string duration(std::int64_t seconds);
/// "48 KiB".
std::string size(std::int64_t bytes);

} // namespace mayla::cli
