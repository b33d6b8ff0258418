#include "event/accept.hpp"

#include <fcntl.h>
#include <sys/socket.h>

namespace mayla::event {

// macOS has no accept4(2). Children are started with POSIX_SPAWN_CLOEXEC_DEFAULT there, so the moment between
// the calls leaks nothing.
OwnedFd accept_connection(BorrowedFd listening) {
    OwnedFd fd = OwnedFd::adopt(::accept(listening.get(), nullptr, nullptr));
    if (!fd) return fd;
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
    return fd;
}

} // namespace mayla::event
