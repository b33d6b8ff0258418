#include "cli/files.hpp"

#include "base/error.hpp"
#include "base/fd.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mayla::cli {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::optional<std::string> read_file(const fs::path& path) {
    const OwnedFd fd = OwnedFd::adopt(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) return std::nullopt;
    if (!fd) throw system_error(Code::unavailable, path.string(), errno);
    std::string bytes;
    std::array<char, 65536> chunk;
    for (;;) {
        const ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());
        if (n == 0) return bytes;
        if (n > 0) {
            bytes.append(chunk.data(), static_cast<std::size_t>(n));
        } else if (errno != EINTR) {
            throw system_error(Code::unavailable, path.string(), errno);
        }
    }
}

NewFile::NewFile(fs::path path, unsigned mode) : path_(std::move(path)) {
    std::error_code ignored;
    // Through links: the file they name is replaced, not the link.
    if (fs::is_symlink(path_, ignored)) path_ = fs::weakly_canonical(path_, ignored);
    struct stat info {};
    const bool device = ::stat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
    const fs::path target = device ? path_ : fs::path(path_.string() + ".new-" + std::to_string(::getpid()));
    fd_ = OwnedFd::adopt(::open(target.c_str(), O_WRONLY | O_CLOEXEC | (device ? 0 : O_CREAT | O_EXCL),
                                static_cast<mode_t>(mode)));
    if (!fd_) throw system_error(Code::unavailable, path_.string(), errno);
    if (!device) temporary_ = target;
}

NewFile::~NewFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void NewFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno != EINTR) {
            throw system_error(Code::unavailable, path_.string(), errno);
        }
    }
}

void NewFile::keep() {
    if (temporary_.empty()) return;
    if (::fsync(fd_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
        throw system_error(Code::unavailable, path_.string(), errno);
    }
    temporary_.clear();
}

} // namespace mayla::cli
