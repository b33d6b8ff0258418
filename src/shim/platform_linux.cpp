#include "shim/platform.hpp"

#include <array>
#include <malloc.h>
#include <unistd.h>

namespace mayla::shim {

void keep_heap_small() {
    // Fixed thresholds: by default glibc raises them with each large buffer that is freed, up to 32 MiB, and
    // then keeps such buffers in a heap that never shrinks.
    constexpr int threshold = 64 << 10;
    ::mallopt(M_MMAP_THRESHOLD, threshold);
    ::mallopt(M_TRIM_THRESHOLD, threshold);
    ::mallopt(M_TOP_PAD, 0);
}

std::string own_executable() {
    std::array<char, 4096> path{};
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
    if (size <= 0) return {};
    std::string file(path.data(), static_cast<std::size_t>(size));
    // What the kernel adds after an upgrade has replaced the file; its neighbours are where they were.
    const std::string_view mark = " (deleted)";
    if (file.size() > mark.size() && file.compare(file.size() - mark.size(), mark.size(), mark) == 0)
        file.resize(file.size() - mark.size());
    return file;
}

std::vector<std::vector<std::string>> wake_commands() {
    // `start` does nothing for a socket that is active but whose folder was deleted; `restart` heals that as
    // well, but ends a daemon that another session may just have got.
    return {{"systemctl", "--user", "--no-ask-password", "start", "mayla.socket"},
            {"systemctl", "--user", "--no-ask-password", "restart", "mayla.socket"}};
}

std::string_view mending_command() { return "systemctl --user restart mayla.socket"; }

} // namespace mayla::shim
