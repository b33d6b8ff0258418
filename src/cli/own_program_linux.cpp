#include "base/error.hpp"
#include "cli/places.hpp"

namespace mayla::cli {

std::filesystem::path own_program() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error)
        throw Error(Code::unavailable, "read /proc/self/exe: " + error.message() + "; is /proc mounted?");
    return path;
}

} // namespace mayla::cli
