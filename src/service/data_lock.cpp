#include "service/data_lock.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace mayla::service {

DataLock::DataLock(const std::string& data_folder) : path_(data_folder + "/lock") {
    fd_ = OwnedFd::adopt(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    // flock needs no write permission: on a read-only file system the daemon still serves, alone.
    if (!fd_ && (errno == EROFS || errno == EACCES))
        fd_ = OwnedFd::adopt(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd_) throw system_error(Code::unavailable, "open the lock " + path_, errno);
}

bool DataLock::try_take() {
    if (::flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    throw system_error(Code::unavailable, "lock " + path_, errno);
}

bool DataLock::take(Deadline deadline) {
    // flock(2) has no time limit, and an alarm would need a signal handler in a library.
    constexpr std::chrono::milliseconds step{10};
    while (!try_take()) {
        if (deadline.passed()) return false;
        std::this_thread::sleep_for(step);
    }
    return true;
}

bool DataLock::in_place() const {
    struct stat ours {
    }, named{};
    return ::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

void DataLock::sign(const std::string& socket) {
    const std::string text = std::to_string(::getpid()) + "\n" + socket + "\n";
    // A failure costs a message its detail, nothing else: the lock itself is the kernel's.
    if (::ftruncate(fd_.get(), 0) == 0) (void)!::pwrite(fd_.get(), text.data(), text.size(), 0);
}

DataLock::Holder DataLock::holder() const {
    char text[512];
    const ssize_t size = ::pread(fd_.get(), text, sizeof text, 0);
    if (size <= 0) return {};
    const std::string all(text, static_cast<std::size_t>(size));
    const std::size_t first = all.find('\n');
    if (first == std::string::npos) return {};
    const std::size_t second = all.find('\n', first + 1);
    return Holder{std::strtol(all.c_str(), nullptr, 10),
                  all.substr(first + 1, second == std::string::npos ? second : second - first - 1)};
}

} // namespace mayla::service
