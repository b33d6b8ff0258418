#include "base/own_program.hpp"

#include "base/error.hpp"

#include <cerrno>
#include <climits>
#include <string_view>
#include <unistd.h>

namespace mayla {

std::string own_program() {
    char path[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0) throw system_error(Code::unavailable, "read /proc/self/exe (is /proc mounted?)", errno);
    std::string_view found(path, static_cast<std::size_t>(size));
    // What the kernel adds when the file has been replaced (proc(5)).
    constexpr std::string_view deleted = " (deleted)";
    if (found.ends_with(deleted)) found.remove_suffix(deleted.size());
    return std::string(found);
}

} // namespace mayla
