#pragma once

#include <string_view>

/// What the shim tells clients about the tools without asking the daemon. Generated at build and embedded, so
/// that a session that starts costs no daemon.
namespace mayla::shim {

/// The JSON array of `tools/list`.
std::string_view tools_json();

/// Text for the model: what the server is for and what the common arguments mean.
std::string_view instructions();

} // namespace mayla::shim
