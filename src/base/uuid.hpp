#pragma once

#include <string>
#include <string_view>

namespace mayla {

/// A random (version 4) uuid in lower case, from the system's random source.
std::string random_uuid();

/// Whether `text` has the form of a uuid in lower case: 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view text) noexcept;

} // namespace mayla
