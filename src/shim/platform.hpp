#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What differs between systems.
namespace mayla::shim {

/// Makes the allocator give freed buffers back to the system. Once, before the first large allocation.
void keep_heap_small();

/// The commands that bring the daemon's socket back, mildest first, each tried when the one before did not
/// help.
std::vector<std::vector<std::string>> wake_commands();

/// The command that a person is told to run.
std::string_view mending_command();

} // namespace mayla::shim
