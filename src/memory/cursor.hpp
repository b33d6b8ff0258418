#pragma once

#include "memory/memory.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace mayla::memory {

/// Where the next page of a search begins. Pages fit together while memories are written: later ones are not
/// in them, and one that goes shifts none out of sight.
struct Cursor {
    std::uint64_t search = 0; ///< hash of what was asked for; a cursor serves no other search
    std::int64_t newest = 0;  ///< memories with a higher id came later
    std::size_t seen = 0;     ///< rows on the pages before
    Id last;                  ///< the last of them
};

std::string written(const Cursor& cursor);
/// Throws Error{invalid_argument} for what is no cursor of this search.
Cursor read_cursor(std::string_view text, std::uint64_t search);

} // namespace mayla::memory
