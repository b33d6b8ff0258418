#include "mcp/reply.hpp"

#include "base/error.hpp"
#include "base/protocol.hpp"

namespace mayla::mcp {

std::string answer_line(std::string_view id, const Reply& reply, Dress dress) {
    if (dress == Dress::method) {
        if (reply.is_error) return rpc::error_line(id, rpc::ErrorCode::internal_error, reply.text);
        return rpc::result_line(id, reply.text);
    }
    std::string result(R"({"content":[{"type":"text","text":)");
    result += rpc::quoted(reply.text);
    result += R"(}],"isError":)";
    result += reply.is_error ? "true" : "false";
    if (dress == Dress::modern) {
        result += R"(,"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":)";
        result += rpc::quoted(protocol::server_name);
        result += R"(,"title":)" + rpc::quoted(protocol::server_title);
        result += R"(,"version":)" + rpc::quoted(protocol::build()) + "}}";
    }
    result += "}";
    return rpc::result_line(id, result);
}

Reply reply_of(const std::exception_ptr& failure, std::string* unexpected) {
    const auto failed = [](Code code, const std::string& message) {
        return Reply{std::string(name(code)) + ": " + message, true, {}};
    };
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return failed(error.code(), error.message());
    } catch (const std::exception& error) {
        if (unexpected) *unexpected = error.what();
        return failed(Code::internal, std::string("a fault of May-la (") + error.what() +
                                          "); nothing was changed. `mayla logs` has more");
    } catch (...) {
        if (unexpected) *unexpected = "not a std::exception";
        return failed(Code::internal, "a fault of May-la; nothing was changed. `mayla logs` has more");
    }
}

} // namespace mayla::mcp
