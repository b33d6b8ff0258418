#pragma once

#include "mcp/row.hpp"
#include "tools/services.hpp"

#include <span>
#include <string>
#include <string_view>

namespace mayla::tools {

/// A row and the function that does its work.
struct Tool {
    mcp::Row row;
    mcp::Outcome (*handle)(std::string_view name, Services&, const mcp::Call&, const mcp::Json& arguments);
};

/// Every tool and method there is, in the order of tools/list. The order and the bytes of what is made from
/// it are stable: clients cache them.
std::span<const Tool> table();

/// The rows with their handlers tied to `services`, which must outlive them.
std::vector<mcp::BoundRow> bound_rows(Services& services);

/// tools/list's array and the server's instructions, as the shim embeds them.
std::string manifest();
std::string_view instructions();

} // namespace mayla::tools
