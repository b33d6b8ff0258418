#include "rpc/peer.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

namespace mayla::rpc {

// macOS has no namespaces: the user is all there is to compare (getpeereid(3), LOCAL_PEERPID in unix(4)).
Peer peer_of(BorrowedFd connection) {
    uid_t uid = 0;
    gid_t gid = 0;
    if (::getpeereid(connection.get(), &uid, &gid) != 0)
        throw system_error(Code::unavailable, "who is calling (getpeereid)", errno);
    pid_t pid = 0;
    socklen_t size = sizeof pid;
    ::getsockopt(connection.get(), SOL_LOCAL, LOCAL_PEERPID, &pid, &size);
    return Peer{static_cast<long>(uid), static_cast<long>(pid), std::nullopt};
}

} // namespace mayla::rpc
