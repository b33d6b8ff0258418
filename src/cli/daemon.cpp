#include "cli/daemon.hpp"

#include "base/error.hpp"
#include "base/protocol.hpp"
#include "cli/files.hpp"

#include <cerrno>
#include <fmt/core.h>
#include <system_error>

namespace mayla::cli {

namespace {

bool set_up(const Places& places) { return is_there(service::unit_files(places.manager()).front().path); }

/// Why none of the candidates took the connection, and what to do.
Error nobody_listens(const Places& places, const std::vector<rpc::FailedSocket>& failed) {
    for (const auto& [path, error] : failed) {
        if (error == ENOENT || error == ECONNREFUSED) continue;
        return Error(Code::unavailable,
                     fmt::format("No connection to {}: {}; `mayla doctor` says what to do.", path,
                                 std::generic_category().message(error)));
    }
    if (set_up(places)) {
        return Error(
            Code::unavailable,
            fmt::format("No daemon is to be had, because {} does not listen for May-la. Start the socket: {}",
                        service::manager_name(), service::start_command()));
    }
    return Error(Code::unavailable,
                 "No daemon is to be had, because May-la is not set up for this user. Run: mayla setup");
}

} // namespace

rpc::Client client_of(const Places& places, std::vector<std::string> sockets) {
    rpc::ClientOptions options;
    options.sockets = std::move(sockets);
    options.build = std::string(protocol::build());
    options.cwd = places.cwd.string();
    if (is_there(places.unmanaged_mark())) options.wake = [places] { wake_through_shim(places); };
    return rpc::Client(std::move(options));
}

rpc::Client connect(const Places& places) {
    rpc::Client client = client_of(places, places.sockets);
    if (client.connect()) return client;
    if (is_there(places.unmanaged_mark())) {
        wake_through_shim(places);
        if (client.connect()) return client;
    }
    throw nobody_listens(places, client.failed());
}

std::string call_tool(rpc::Client& client, const std::string& name, const nlohmann::json& arguments) {
    const nlohmann::json result = client.call("tools/call", {{"name", name}, {"arguments", arguments}});
    std::string text;
    for (const auto& block : result.value("content", nlohmann::json::array()))
        text += block.value("text", "");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (result.value("isError", false)) throw rpc::error_from_message(text, Code::internal);
    return text;
}

} // namespace mayla::cli
