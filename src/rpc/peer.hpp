#pragma once

#include "base/fd.hpp"

#include <optional>
#include <string>

namespace mayla::rpc {

/// Who is at the other end of a unix socket.
struct Peer {
    long uid = -1;
    long pid = 0; ///< 0: in another pid namespace, or not to be known
    /// Why the peer counts as foreign: it lives in another mount or user namespace than we do, or that cannot
    /// be told (DESIGN 9: whatever cannot be read is foreign, since a sandboxed process can make it
    /// unreadable at will).
    std::optional<std::string> foreign;
};

/// Looks at the process that made the connection (unix(7) SO_PEERCRED; SO_PEERPIDFD where the kernel has it).
/// The peer must be alive. Throws Error{unavailable} if the socket tells nothing.
Peer peer_of(BorrowedFd connection);

} // namespace mayla::rpc
