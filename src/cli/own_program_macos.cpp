#include "base/error.hpp"
#include "cli/places.hpp"

#include <cstdint>
#include <mach-o/dyld.h>
#include <string>

namespace mayla::cli {

std::filesystem::path own_program() {
    std::string buffer(4096, '\0');
    auto size = static_cast<std::uint32_t>(buffer.size());
    std::error_code error;
    if (_NSGetExecutablePath(buffer.data(), &size) == 0) {
        const auto path = std::filesystem::canonical(buffer.c_str(), error);
        if (!error) return path;
    }
    throw Error(Code::unavailable, "This program cannot find its own file: " + error.message());
}

} // namespace mayla::cli
