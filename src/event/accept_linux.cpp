#include "event/accept.hpp"

#include <sys/socket.h>

namespace mayla::event {

OwnedFd accept_connection(BorrowedFd listening) {
    return OwnedFd::adopt(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

} // namespace mayla::event
