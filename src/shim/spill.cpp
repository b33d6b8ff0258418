#include "shim/spill.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace mayla::shim {

namespace {

OwnedFd unlinked_file(const std::string& folder) {
    std::string path = folder + "/mayla-spill-XXXXXX";
    OwnedFd file = OwnedFd::adopt(::mkostemp(path.data(), O_CLOEXEC));
    if (file) ::unlink(path.c_str());
    return file;
}

} // namespace

std::optional<std::uint64_t> Spill::put(std::string_view bytes) {
    if (!file_) file_ = unlinked_file(folder_);
    if (!file_) return std::nullopt;
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t wrote =
            ::pwrite(file_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(end_ + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            if (wanted_ == 0) file_.reset();
            return std::nullopt;
        }
        done += static_cast<std::size_t>(wrote);
    }
    ++wanted_;
    const std::uint64_t at = end_;
    end_ += bytes.size();
    return at;
}

std::optional<std::string> Spill::get(std::uint64_t at, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got =
            ::pread(file_.get(), bytes.data() + done, size - done, static_cast<off_t>(at + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return std::nullopt;
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

void Spill::drop() {
    if (--wanted_ != 0) return;
    file_.reset();
    end_ = 0;
}

} // namespace mayla::shim
