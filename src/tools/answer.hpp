#pragma once

#include "memory/memory.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::tools {

/// The bytes that an answer may have for a token budget (DESIGN 7: 3.6 bytes a token, at most
/// limits::answer_bytes). Throws Error{invalid_argument} for a budget below 1.
std::size_t answer_bytes(const std::optional<std::int64_t>& budget);

/// A limit argument within 1 … `most`, `usual` when it is not given. Throws Error{invalid_argument}.
std::size_t row_limit(const std::optional<std::int64_t>& limit, std::size_t usual, std::size_t most);

/// "2026-11-23" and "2026-11-23T14:05:09Z".
std::string date(std::int64_t ms);
std::string timestamp(std::int64_t ms);

/// One memory as a row: `#12 2026-11-23 decision  Title [tag, tag]`. With `project_name` when asked for.
std::string memory_row(const memory::Memory& memory, bool with_project);
/// `text`, each of its lines indented, at most `bytes` bytes.
std::string indented(std::string_view text, std::size_t bytes);

/// "1 memory", "2 memories".
std::string memories(std::size_t count);

} // namespace mayla::tools
