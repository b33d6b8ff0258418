#pragma once

#include <string_view>

namespace mayla::memory {

/// The schema of memories, for the definition of memory.db.
std::string_view schema_1();

} // namespace mayla::memory
