#include "mcp/hello.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "base/uuid.hpp"
#include "rpc/message.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mayla::mcp {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_roots = 64;

std::string text(const Json& params, const char* name) {
    const auto found = params.find(name);
    return found != params.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string folder(const Json& params, const char* name) {
    std::string path = text(params, name);
    return path.starts_with('/') ? path
                                 : std::string(); // what is not absolute means nothing to another process
}

} // namespace

Hello read_hello(const rpc::Line& line) {
    const rpc::Message message = rpc::read_message(line);
    const auto* request = std::get_if<rpc::Request>(&message);
    if (!request || request->method != "mayla/hello")
        throw Error(Code::invalid_argument, "the first line on this socket must be mayla/hello");
    if (request->params.size() > limits::hello_bytes)
        throw Error(Code::too_large,
                    "the hello is larger than " + std::to_string(limits::hello_bytes) + " bytes");
    const Json params =
        Json::parse(request->params.empty() ? std::string_view("{}") : request->params, nullptr, false);
    if (params.is_discarded())
        throw Error(Code::invalid_argument, "the hello holds a number beyond all measure");
    Hello hello;
    hello.id = request->id;
    if (const auto found = params.find("protocol"); found != params.end() && found->is_number_integer())
        hello.protocol = static_cast<int>(std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, 1'000'000));
    if (hello.protocol < protocol::oldest_wire)
        throw Error(Code::unavailable, "this client speaks protocol " + std::to_string(hello.protocol) +
                                           ", the daemon needs " + std::to_string(protocol::oldest_wire) +
                                           " or newer; start the session again to get the installed version");
    hello.build = text(params, "build");
    hello.caller.link = text(params, "link");
    if (!is_uuid(hello.caller.link)) throw Error(Code::invalid_argument, "the hello's 'link' must be a uuid");
    hello.caller.role = text(params, "role");
    hello.caller.cwd = folder(params, "cwd");
    hello.caller.project_dir = folder(params, "project_dir");
    hello.caller.claude_session = text(params, "claude_session");
    hello.caller.mcp_version = text(params, "mcp_version");
    if (const auto roots = params.find("roots"); roots != params.end() && roots->is_array())
        for (const Json& root : *roots)
            if (root.is_string() && hello.caller.roots.size() < most_roots)
                if (auto path = root.get<std::string>(); path.starts_with('/'))
                    hello.caller.roots.push_back(std::move(path));
    return hello;
}

std::string hello_line(const Hello& hello, std::string_view daemon, std::uint64_t acked) {
    const Json result{{"protocol", std::min(hello.protocol, protocol::wire)},
                      {"build", protocol::build()},
                      {"daemon", daemon},
                      {"acked", acked}};
    return rpc::result_line(hello.id, result.dump());
}

} // namespace mayla::mcp
