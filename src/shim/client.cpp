#include "shim/client.hpp"

#include "base/limits.hpp"
#include "shim/answers.hpp"

namespace mayla::shim {

namespace {

bool is_response(const JsonVerdict& v) {
    return v.sound() && !v.method.present() && (v.result.present() || v.error.present());
}

bool is_notification(const JsonVerdict& v) {
    return v.sound() && v.method.kind == JsonKind::string && !v.id.present();
}

/// What is wrong with a line before its method is looked at.
std::optional<Refusal> refusal(const Line& line) {
    const JsonVerdict& v = line.verdict;
    if (line.over_limit)
        return Refusal{rpc_code::not_a_request,
                       "Invalid Request: the message has " + std::to_string(v.length) +
                           " bytes; the limit is " + std::to_string(limits::message_bytes),
                       {}};
    switch (v.fault) {
    case JsonFault::none:
        break;
    case JsonFault::syntax:
        return Refusal{rpc_code::not_json, "Parse error: not JSON at byte " + std::to_string(v.fault_at), {}};
    case JsonFault::bad_utf8:
        return Refusal{
            rpc_code::not_json, "Parse error: not UTF-8 at byte " + std::to_string(v.fault_at), {}};
    case JsonFault::too_deep:
        return Refusal{rpc_code::not_a_request,
                       "Invalid Request: objects and arrays are nested deeper than " +
                           std::to_string(limits::json_depth),
                       {}};
    case JsonFault::duplicate_key:
        return Refusal{rpc_code::not_a_request,
                       "Invalid Request: a member stands twice, again at byte " + std::to_string(v.fault_at),
                       {}};
    }
    if (v.batch())
        return Refusal{rpc_code::not_a_request,
                       "Invalid Request: batches are not supported; send one message a line",
                       {}};
    if (v.top != JsonKind::object)
        return Refusal{rpc_code::not_a_request, "Invalid Request: a message is a JSON object", {}};
    if (v.method.kind != JsonKind::string)
        return Refusal{rpc_code::not_a_request, "Invalid Request: method must be a string", {}};
    if (!v.id_usable())
        return Refusal{rpc_code::not_a_request,
                       "Invalid Request: id must be a string or an integer of at most " +
                           std::to_string(limits::id_bytes) + " bytes",
                       {}};
    if (!v.jsonrpc_2) return Refusal{rpc_code::not_a_request, "Invalid Request: jsonrpc must be \"2.0\"", {}};
    if (v.params.kind == JsonKind::array)
        return Refusal{rpc_code::invalid_params, "Invalid params: params must be an object", {}};
    if (v.params.present() && v.params.kind != JsonKind::object)
        return Refusal{rpc_code::not_a_request, "Invalid Request: params must be an object", {}};
    return std::nullopt;
}

} // namespace

void Client::take(const Line& line) {
    const JsonVerdict& v = line.verdict;
    if (v.blank()) return;
    if (is_response(v)) return response(line);
    if (is_notification(v)) return notification(line);
    std::optional<Refusal> refused = refusal(line);
    if (!refused && v.protocol_version.present()) refused = modern_refusal(v);
    if (!refused) return request(line);
    // What is not JSON has no id that could be trusted.
    const bool known = v.id_usable() && v.fault != JsonFault::syntax;
    out_.add_line(error_line(known ? v.id_text.view() : std::string_view(), refused->code, refused->message,
                             refused->data));
}

void Client::request(const Line& line) {
    if (line.verdict.method_text.view() == "tools/call")
        return relay_.call(line, line.verdict.protocol_version.present());
    std::optional<Agreed> agreed;
    out_.add_line(local_answer(line, agreed));
    if (!agreed) return;
    session_ = Session{agreed->version, {}};
    has_roots_ = agreed->client_has_roots;
    roots_id_.clear();
}

void Client::notification(const Line& line) {
    const std::string_view method = line.verdict.method_text.view();
    if (line.over_limit) return; // none that we know is that long, and a notification has no answer
    if (method == "notifications/cancelled") {
        const JsonKind kind = line.verdict.request_id.kind;
        if (kind == JsonKind::string || kind == JsonKind::integer) relay_.cancelled(line);
    } else if (method == "notifications/initialized" || method == "notifications/roots/list_changed") {
        // Servers of the modern era send no requests, and its messages change nothing for later ones.
        if (has_roots_ && !line.verdict.protocol_version.present()) ask_for_roots();
    }
}

void Client::response(const Line& line) {
    if (roots_id_.empty() || line.bytes.empty() || line.bytes.size() > limits::handshake_bytes) return;
    auto roots = roots_in_answer(line.bytes, roots_id_);
    if (!roots) return;
    session_.roots = std::move(*roots);
    roots_id_.clear();
}

void Client::ask_for_roots() {
    roots_id_ = "mayla-roots-" + std::to_string(++roots_asked_);
    out_.add_line(roots_request(roots_id_));
}

} // namespace mayla::shim
