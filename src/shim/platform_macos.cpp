#include "shim/platform.hpp"

#include <cstdint>
#include <mach-o/dyld.h>
#include <unistd.h>

namespace mayla::shim {

void keep_heap_small() {} // large buffers are given back by this allocator as they are

std::string own_executable() {
    std::uint32_t size = 0;
    ::_NSGetExecutablePath(nullptr, &size);
    std::string path(size, '\0');
    if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
    path.resize(path.find('\0')); // the size counts the NUL
    return path;
}

std::vector<std::vector<std::string>> wake_commands() {
    return {{"launchctl", "kickstart", "gui/" + std::to_string(::getuid()) + "/mayla"}};
}

std::string_view mending_command() { return "mayla setup"; }

} // namespace mayla::shim
