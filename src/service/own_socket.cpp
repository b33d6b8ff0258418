#include "service/own_socket.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace mayla::service {

namespace {

/// Where the socket is bound before it listens. One name is enough: whoever binds holds the data lock.
std::string temporary_name(const std::string& path) { return path.substr(0, path.rfind('/')) + "/.new"; }

std::string checked(const std::string& path) {
    if (path.empty() || path.front() != '/')
        throw Error(Code::invalid_argument, "--listen needs an absolute path, not '" + path + "'");
    const std::size_t length = std::max(path.size(), temporary_name(path).size());
    if (length > limits::socket_path_bytes)
        throw Error(Code::invalid_argument, "the socket path is " + std::to_string(length) +
                                                " bytes long, the limit is " +
                                                std::to_string(limits::socket_path_bytes) + ": " + path +
                                                "; set XDG_RUNTIME_DIR to a shorter folder");
    return path;
}

} // namespace

OwnSocket::OwnSocket(const std::string& path) : path_(checked(path)) {
    const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
    std::error_code failed;
    if (std::filesystem::create_directories(folder, failed)) ::chmod(folder.c_str(), 0700);
    if (failed) throw system_error(Code::unavailable, "make the folder " + folder.string(), failed.value());

    const std::string temporary = temporary_name(path_);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, temporary.c_str(), temporary.size() + 1);
    fd_ = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (!fd_) throw system_error(Code::unavailable, "make a socket", errno);
    ::fcntl(fd_.get(), F_SETFD, FD_CLOEXEC);
    ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    ::unlink(temporary.c_str());
    if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw system_error(Code::unavailable, "bind " + temporary, errno);
    struct stat file {};
    if (::lstat(temporary.c_str(), &file) == 0) {
        device_ = static_cast<std::uint64_t>(file.st_dev); // signed on macOS
        inode_ = static_cast<std::uint64_t>(file.st_ino);
    }
    // Between bind and here the file has the process's umask; the folder is 0700, and nobody listens yet.
    if (::chmod(temporary.c_str(), 0600) != 0 || ::listen(fd_.get(), SOMAXCONN) != 0 ||
        std::rename(temporary.c_str(), path_.c_str()) != 0) {
        const int cause = errno;
        ::unlink(temporary.c_str());
        throw system_error(Code::unavailable, "listen on " + path_, cause);
    }
}

OwnSocket::~OwnSocket() {
    if (in_place()) ::unlink(path_.c_str());
}

bool OwnSocket::in_place() const {
    struct stat file {};
    return ::lstat(path_.c_str(), &file) == 0 && static_cast<std::uint64_t>(file.st_dev) == device_ &&
           file.st_ino == inode_;
}

} // namespace mayla::service
