#pragma once

#include "base/fd.hpp"

#include <cstdint>
#include <string>

namespace mayla::service {

/// A listening socket of our own, for places without a service manager (`mayla-daemon --listen PATH`). Bound
/// under a temporary name and renamed, so that the path never names a socket that does not listen yet; mode
/// 0600. Removed with its owner, who holds the data lock: no successor can have put its own there yet.
class OwnSocket {
public:
    /// Makes the folder (0700) if it is not there. Throws Error{invalid_argument} for a path above
    /// limits::socket_path_bytes or a relative one, Error{unavailable} if the system refuses.
    explicit OwnSocket(const std::string& path);
    ~OwnSocket();
    OwnSocket(const OwnSocket&) = delete;
    OwnSocket& operator=(const OwnSocket&) = delete;

    /// Whether the path still names this socket.
    bool in_place() const;
    BorrowedFd fd() const { return fd_.borrow(); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
    OwnedFd fd_;
    std::uint64_t device_ = 0; // of the socket file
    std::uint64_t inode_ = 0;
};

} // namespace mayla::service
