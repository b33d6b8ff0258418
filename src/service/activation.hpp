#pragma once

#include "base/fd.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace mayla::service {

/// The name that the units give to the daemon's socket (FileDescriptorName=, launchd's Sockets key).
inline constexpr const char* socket_name = "mayla";

/// Who passes sockets on this system: "systemd" or "launchd".
extern const char* const manager_name;
/// A daemon that ends sooner is held back when it is needed again (launchd's ThrottleInterval; systemd only
/// counts).
extern const std::chrono::milliseconds shortest_life;

/// Takes the listening socket over that the service manager passes under socket_name (sd_listen_fds(3),
/// launch_activate_socket(3)); empty if it passes none. Descriptors under other names are closed. The socket
/// belongs to the service manager: whoever gets it here never unlinks or shuts it down.
///
/// Throws Error{unavailable} if what was passed under that name is not a listening unix stream socket. Call
/// it once, before any thread starts.
std::optional<OwnedFd> activated_socket();

/// Whether a process of ours runs a program named mayla-daemon. False where that cannot be told.
bool is_daemon(long pid);

/// The file system path that a listening unix socket is bound to.
std::string bound_path(BorrowedFd listening);

} // namespace mayla::service
