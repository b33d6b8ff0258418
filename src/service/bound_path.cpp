#include "service/activation.hpp"

#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace mayla::service {

std::string bound_path(BorrowedFd listening) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    if (size <= offsetof(sockaddr_un, sun_path)) return {};
    return std::string(address.sun_path, ::strnlen(address.sun_path, sizeof address.sun_path));
}

} // namespace mayla::service
