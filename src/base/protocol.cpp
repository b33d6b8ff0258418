#include "base/protocol.hpp"

namespace mayla::protocol {

std::string_view build() { return MAYLA_BUILD_NAME; }

} // namespace mayla::protocol
