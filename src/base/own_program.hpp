#pragma once

#include <string>

namespace mayla {

/// The absolute path of the file that this program was started from, links followed; after an upgrade that is
/// the path where the new file lies. Throws Error{unavailable} when the system does not tell.
std::string own_program();

} // namespace mayla
