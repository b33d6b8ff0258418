#pragma once

#include "store/database.hpp"

namespace mayla::store {

/// The Failure for an extended result code of SQLite: our code, and a message that names the file, the cause
/// and the way out. `text` is SQLite's own message, `system_errno` the errno behind it (0: none).
Failure failure(const std::string& path, int result, const char* text, int system_errno);

/// The result code without its extension.
constexpr int primary(int result) noexcept { return result & 0xff; }

} // namespace mayla::store
