#pragma once

#include <array>
#include <string_view>

/// Numbers that the programs must agree on.
namespace mayla::protocol {

/// Of the wire between shim and daemon (src/README.md). N talks to N-1.
inline constexpr int wire = 1;
inline constexpr int oldest_wire = 1;

/// Revisions of MCP, newest first. The first has no handshake; the others begin with `initialize`.
inline constexpr std::string_view modern_revision = "2026-07-28";
inline constexpr std::array<std::string_view, 4> revisions{modern_revision, "2025-11-25", "2025-06-18",
                                                           "2024-11-05"};
inline constexpr std::string_view latest_legacy_revision = revisions[1];

/// What we call ourselves in MCP's serverInfo.
inline constexpr std::string_view server_name = "mayla";
inline constexpr std::string_view server_title = "May-la";

/// The version of this build, as in the top meson.build.
std::string_view build();

} // namespace mayla::protocol
