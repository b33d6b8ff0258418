#pragma once

#include "cli/memory.hpp"
#include "rpc/client.hpp"

#include <functional>
#include <string>

namespace mayla::cli {

/// Calls `each` for every memory of the filter, page by page, in order of id.
void each_row(rpc::Client&, const Places&, const Filter&,
              const std::function<void(const nlohmann::json& row)>& each);

/// A member as text; empty when it is absent or null.
std::string text_of(const nlohmann::json& row, const char* member);

/// Tags and the like as "a, b".
std::string joined(const nlohmann::json& row, const char* member);

/// `project` as the daemon wants it: what looks like a relative path is made absolute.
std::string project_argument(const Places&, const std::string& project);

} // namespace mayla::cli
