#include "shim/platform.hpp"

#include <malloc.h>

namespace mayla::shim {

void keep_heap_small() {
    // Fixed thresholds: by default glibc raises them with each large buffer that is freed, up to 32 MiB, and
    // then keeps such buffers in a heap that never shrinks.
    constexpr int threshold = 64 << 10;
    ::mallopt(M_MMAP_THRESHOLD, threshold);
    ::mallopt(M_TRIM_THRESHOLD, threshold);
    ::mallopt(M_TOP_PAD, 0);
}

std::vector<std::vector<std::string>> wake_commands() {
    // `start` does nothing for a socket that is active but whose folder was deleted; `restart` heals that as
    // well, but ends a daemon that another session may just have got.
    return {{"systemctl", "--user", "--no-ask-password", "start", "mayla.socket"},
            {"systemctl", "--user", "--no-ask-password", "restart", "mayla.socket"}};
}

std::string_view mending_command() { return "systemctl --user restart mayla.socket"; }

} // namespace mayla::shim
