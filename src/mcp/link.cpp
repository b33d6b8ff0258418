#include "mcp/link.hpp"

#include "base/limits.hpp"
#include "base/protocol.hpp"

#include <algorithm>
#include <charconv>

#include <xxhash.h>

namespace mayla::mcp {

namespace {

/// A seq as it stands on the wire: 1 … 2^53. 0 if it is something else.
std::uint64_t seq_of(std::string_view bytes) {
    constexpr std::uint64_t largest = std::uint64_t{1} << 53;
    std::uint64_t seq = 0;
    const auto [end, failed] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), seq);
    return failed == std::errc() && end == bytes.data() + bytes.size() && seq <= largest ? seq : 0;
}

CallHash hash_of(std::string_view method, std::string_view params) {
    XXH3_state_t* state = XXH3_createState();
    XXH3_128bits_reset(state);
    XXH3_128bits_update(state, method.data(), method.size());
    XXH3_128bits_update(state, "\n", 1); // no method holds one: the border is unmistakable
    XXH3_128bits_update(state, params.data(), params.size());
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    XXH3_freeState(state);
    CallHash hash;
    std::copy(std::begin(canonical.digest), std::end(canonical.digest), hash.begin());
    return hash;
}

/// `params.seq` of our own notifications; 0 if there is none.
std::uint64_t seq_member(std::string_view params, std::string_view name = "seq") {
    if (params.size() > limits::hello_bytes)
        return 0; // none of them is long, and the loop must not stop to parse it
    const Json parsed = Json::parse(params.empty() ? std::string_view("{}") : params, nullptr, false);
    if (parsed.is_discarded()) return 0; // a number beyond all measure
    const auto found = parsed.find(name);
    return found != parsed.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

bool supported(std::string_view revision) {
    return std::find(protocol::revisions.begin(), protocol::revisions.end(), revision) !=
           protocol::revisions.end();
}

std::string supported_data(std::string_view requested) {
    Json data{{"supported", std::vector<std::string>(protocol::revisions.begin(), protocol::revisions.end())},
              {"requested", requested}};
    return data.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

Link::Link(std::shared_ptr<const Caller> caller, Dispatcher& dispatcher, Ports ports)
    : caller_(std::move(caller)), dispatcher_(dispatcher), ports_(std::move(ports)) {}

void Link::attach(std::shared_ptr<const Caller> caller, Sink sink) {
    caller_ = std::move(caller);
    sink_ = std::move(sink);
    attempts_.clear();
}

void Link::detach() { sink_ = nullptr; }

void Link::receive(const rpc::Line& line) {
    const rpc::Message message = rpc::read_message(line);
    if (const auto* request_in = std::get_if<rpc::Request>(&message))
        request(*request_in, line.verdict);
    else if (const auto* notification_in = std::get_if<rpc::Notification>(&message))
        notification(*notification_in, line.verdict);
    else if (const auto* bad = std::get_if<rpc::Malformed>(&message))
        refuse(bad->id, bad->code, bad->message);
    // An answer: the daemon asks nothing of its clients, so nobody waits for it.
}

void Link::request(const rpc::Request& request, const JsonVerdict& verdict) {
    using rpc::ErrorCode;
    const std::uint64_t seq = seq_of(request.id);
    if (seq == 0)
        return refuse(request.id, ErrorCode::invalid_request,
                      "on this socket the id is the seq of the call: 1, 2, 3 …");
    const CallHash hash = hash_of(request.method, request.params);
    if (request.method.starts_with("mayla/")) {
        const BoundRow* row = dispatcher_.find(request.method, Audience::person);
        if (!row)
            return refuse(request.id, ErrorCode::method_not_found,
                          "unknown method '" + std::string(request.method) + "'");
        return run(seq, *row, std::string(request.params), hash, Dress::method);
    }
    if (request.method != "tools/call")
        return refuse(request.id, ErrorCode::method_not_found,
                      "unknown method '" + std::string(request.method) + "'");

    Dress dress = Dress::legacy;
    if (verdict.protocol_version.present()) {
        dress = Dress::modern;
        if (!supported(verdict.version_text.view()))
            return refuse(request.id, ErrorCode::unsupported_revision, "unsupported protocol version",
                          supported_data(verdict.version_text.view()));
        if (verdict.client_capabilities.kind != JsonKind::object)
            return refuse(request.id, ErrorCode::invalid_params,
                          "_meta lacks io.modelcontextprotocol/clientCapabilities (an object)");
    }
    if (verdict.tool_name.kind != JsonKind::string)
        return refuse(request.id, ErrorCode::invalid_params, "params.name must be the name of a tool");
    const std::string_view tool = verdict.tool_name_text.view();
    const BoundRow* row =
        verdict.tool_name_text.overflowed() ? nullptr : dispatcher_.find(tool, Audience::model);
    if (!row) {
        std::string message = "unknown tool '" + std::string(tool) + "'";
        if (const auto near = dispatcher_.nearest(tool, Audience::model); !near.empty())
            message += "; did you mean '" + std::string(near) + "'?";
        return refuse(request.id, ErrorCode::invalid_params, message);
    }
    run(seq, *row, std::string(request.arguments), hash, dress);
}

void Link::run(std::uint64_t seq, const BoundRow& row, std::string arguments, CallHash hash, Dress dress) {
    const std::string id = std::to_string(seq);
    const auto announced = attempts_.extract(seq);
    if (const auto found = running_.find(seq); found != running_.end()) { // I1
        if (found->second.call->hash != hash)                             // I2
            return refuse(id, rpc::ErrorCode::invalid_request,
                          "call " + id + " is running with other params");
        found->second.dress = dress;
        return; // joined: the answer of the first run is the answer
    }
    if (seq <= acked_) // I4
        return send(answer_line(
            id, Reply{"unavailable: outcome unknown: this call was answered before", true, {}}, dress));
    const int attempt = announced.empty() ? 1 : announced.mapped();
    if (running_.size() >= limits::calls_per_link)
        return send(
            answer_line(id,
                        Reply{"busy: " + std::to_string(limits::calls_per_link) +
                                  " calls of this session wait already; " + nothing_done(attempt) + ".",
                              true,
                              {}},
                        dress));
    auto call = std::make_shared<Call>();
    call->caller = caller_;
    call->seq = seq;
    call->attempt = attempt;
    call->hash = hash;
    running_.emplace(seq, Running{call, dress});
    dispatcher_.start(row, std::move(call), std::move(arguments),
                      [self = weak_from_this(), seq](const Reply& reply) {
                          if (const auto link = self.lock()) link->finished(seq, reply);
                      });
}

void Link::finished(std::uint64_t seq, const Reply& reply) {
    const auto ended = running_.extract(seq);
    if (!ended.empty() && !ended.mapped().call->cancelled) // I3
        send(answer_line(std::to_string(seq), reply, ended.mapped().dress));
    ports_.settled();
}

void Link::notification(const rpc::Notification& notification, const JsonVerdict&) {
    const std::string_view method = notification.method;
    if (method == "notifications/cancelled") return cancel(seq_member(notification.params, "requestId"));
    if (method == "mayla/resend") {
        const std::uint64_t seq = seq_member(notification.params);
        const auto attempt = seq_member(notification.params, "attempt");
        if (seq > 0 && attempts_.size() < limits::calls_per_link)
            attempts_[seq] = static_cast<int>(std::clamp<std::uint64_t>(attempt, 1, 1000));
        return;
    }
    if (method == "mayla/acked") {
        const std::uint64_t seq = seq_member(notification.params);
        if (seq <= acked_) return;
        acked_ = seq;
        return ports_.acked(caller_->link, seq);
    }
    if (method == "mayla/abandon") {
        const std::uint64_t seq = seq_member(notification.params);
        if (seq == 0) return;
        cancel(seq);
        return ports_.abandoned(caller_->link, seq);
    }
    // Other notifications mean nothing to us, and JSON-RPC wants no answer to them.
}

void Link::cancel(std::uint64_t seq) {
    if (const auto found = running_.find(seq); found != running_.end()) found->second.call->cancelled = true;
}

void Link::refuse(std::string_view id, rpc::ErrorCode code, std::string_view message, std::string_view data) {
    send(rpc::error_line(id, code, message, data));
}

void Link::send(std::string line) {
    if (sink_) sink_(std::move(line));
}

} // namespace mayla::mcp
