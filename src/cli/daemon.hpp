#pragma once

#include "cli/places.hpp"
#include "rpc/client.hpp"

#include <string>
#include <vector>

namespace mayla::cli {

/// A connection to the daemon. With a service manager the connection itself starts it; without one, in a
/// place that `mayla setup` has marked, a session's shim does. Throws Error{unavailable}: one sentence and
/// the command that mends it.
rpc::Client connect(const Places&);

/// A client that is not connected yet, for those who want to look at each candidate.
rpc::Client client_of(const Places&, std::vector<std::string> sockets);

/// Calls a tool as a session would, and returns its text without the newline at its end. A
/// result that says isError is thrown as an Error.
std::string call_tool(rpc::Client&, const std::string& name, const nlohmann::json& arguments);

/// Makes a daemon run where there is no service manager, by one harmless call through mayla-shim, which alone
/// may start it there. Throws Error{unavailable}.
void wake_through_shim(const Places&);

} // namespace mayla::cli
