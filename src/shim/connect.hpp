#pragma once

#include "base/fd.hpp"
#include "base/paths.hpp"

#include <string>

namespace mayla::shim {

/// What came of an attempt to reach the daemon.
struct Connected {
    OwnedFd fd;          ///< not blocking; none if the attempt failed
    std::string path;    ///< the socket that took the connection
    std::string cause;   ///< of a failure: each place with what is wrong there
    bool absent = false; ///< of a failure: nobody listens anywhere, so waking the daemon may help
};

/// Tries all places of the socket in order; never waits.
Connected connect_daemon(const SocketPaths& paths);

} // namespace mayla::shim
