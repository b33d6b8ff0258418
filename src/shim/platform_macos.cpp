#include "shim/platform.hpp"

#include <unistd.h>

namespace mayla::shim {

void keep_heap_small() {} // large buffers are given back by this allocator as they are

std::vector<std::vector<std::string>> wake_commands() {
    return {{"launchctl", "kickstart", "gui/" + std::to_string(::getuid()) + "/mayla"}};
}

std::string_view mending_command() { return "mayla setup"; }

} // namespace mayla::shim
