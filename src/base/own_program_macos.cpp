#include "base/own_program.hpp"

#include "base/error.hpp"

#include <climits>
#include <cstdint>
#include <cstdlib>
#include <mach-o/dyld.h>

namespace mayla {

std::string own_program() {
    char path[PATH_MAX];
    std::uint32_t size = sizeof path;
    char real[PATH_MAX];
    if (::_NSGetExecutablePath(path, &size) != 0 || ::realpath(path, real) == nullptr)
        throw Error(Code::unavailable, "this program cannot find its own file");
    return real;
}

} // namespace mayla
