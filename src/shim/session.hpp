#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mayla::shim {

/// What the client told about itself, as the daemon is told in the hello.
struct Session {
    std::optional<std::string> mcp_version; ///< agreed at `initialize`; none without a handshake
    std::vector<std::string> roots;         ///< absolute paths

    friend bool operator==(const Session&, const Session&) = default;
};

} // namespace mayla::shim
