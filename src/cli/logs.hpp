#pragma once

#include "cli/places.hpp"
#include "cli/terminal.hpp"

#include <cstddef>

namespace mayla::cli {

/// Shows the last `lines` lines of the daemon's log (0: all), rotated files included, oldest first. With
/// `follow` it goes on until it is interrupted or nobody reads. The exit status.
int logs(const Places&, Terminal&, std::size_t lines, bool follow);

} // namespace mayla::cli
