#pragma once

#include "base/paths.hpp"

#include <string>

/// Machines without a service manager (containers, CI): there, and only there, a session starts the daemon.
namespace mayla::shim {

/// `mayla setup` found no service manager and left its mark.
bool is_unmanaged(const Environment&);

/// Where a daemon is told to listen: the first place of socket_paths() whose folder is there or can be made,
/// 0700. A runtime folder of the system itself is never made. Throws Error{unavailable}.
std::string unmanaged_socket(const Environment&);

/// Starts `mayla-daemon --listen PATH` from the folder of this program, in a session of its own with stdio on
/// /dev/null and without the variables that hold keys, and does not wait for it. Should another session do
/// the same, the daemons settle it by their lock. Throws Error{unavailable} when it cannot be started.
void start_unmanaged_daemon(const Environment&);

} // namespace mayla::shim
