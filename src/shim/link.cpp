#include "shim/link.hpp"

#include "base/limits.hpp"
#include "base/uuid.hpp"
#include "shim/answers.hpp"
#include "shim/connect.hpp"
#include "shim/hello.hpp"
#include "shim/platform.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

namespace mayla::shim {

namespace {

/// Taken once: a session goes on in the folder where it began, though a worktree may be gone by the next
/// hello.
std::string current_folder() {
    std::array<char, limits::path_bytes> path{};
    return ::getcwd(path.data(), path.size()) == nullptr ? std::string("/") : std::string(path.data());
}

/// `line` with the bytes of `span` replaced.
std::string spliced(const Line& line, const JsonSpan& span, std::string_view replacement) {
    std::string result;
    result.reserve(line.bytes.size() + replacement.size());
    result.append(line.bytes.substr(0, static_cast<std::size_t>(span.begin)));
    result.append(replacement);
    result.append(line.bytes.substr(static_cast<std::size_t>(span.end)));
    return result;
}

/// A number as the daemon writes it back; 0 is none.
std::uint64_t seq_of(std::string_view text) {
    std::uint64_t seq = 0;
    if (text.size() > 19) return 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return 0;
        seq = seq * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return seq;
}

std::string own_notification(const char* method, std::uint64_t seq, const std::string& more = {}) {
    return R"({"jsonrpc":"2.0","method":")" + std::string(method) + R"(","params":{"seq":)" +
           std::to_string(seq) + more + "}}";
}

} // namespace

Link::Link(Outbox& out, const Session& session, const Environment& environment, std::string spill_folder,
           Now now)
    : out_(out), session_(session), environment_(environment), now_(std::move(now)), id_(random_uuid()),
      folder_(current_folder()), calls_(std::move(spill_folder)), waker_(environment),
      pause_(limits::reconnect_first) {}

// ---- from the client ------------------------------------------------------------------------------------

void Link::call(const Line& request, bool modern) {
    const std::string_view id = request.verdict.id_text.view();
    std::string line = spliced(request, request.verdict.id, std::to_string(calls_.next_seq()));
    if (line.size() > limits::message_bytes)
        return out_.add_line(error_line(id, rpc_code::not_a_request,
                                        "Invalid Request: the message has " + std::to_string(line.size()) +
                                            " bytes with the id that it gets here; the limit is " +
                                            std::to_string(limits::message_bytes)));
    if (calls_.count() >= limits::calls_per_link || calls_.bytes() + line.size() > limits::unanswered_bytes)
        return out_.add_line(tool_error_line(
            id, modern,
            "busy: " + std::to_string(calls_.count()) + " calls of this session, " +
                std::to_string(calls_.bytes()) +
                " bytes, wait for an answer; not sent; nothing was changed.\nThe limits are " +
                std::to_string(limits::calls_per_link) + " calls and " +
                std::to_string(limits::unanswered_bytes) + " bytes. Wait for answers, then call again."));
    // The client has what it was given so far; an answer in the outbox may still be lost.
    if (out_.empty()) delivered_ = calls_.finished_through();
    const bool alone = calls_.empty();
    Call& call = calls_.add(std::string(id), modern, std::move(line));
    call.deadline = now_() + limits::hello_reply;
    if (state_ == State::ready && alone && greeted_ != session_) {
        // The client told more about itself since the last hello, and nothing is under way that a new one
        // would disturb.
        rest();
    }
    if (state_ == State::idle) wanted();
    if (state_ == State::ready) send_more();
}

void Link::cancelled(const Line& notification) {
    const auto call = calls_.find_id(notification.at(notification.verdict.request_id));
    if (call == calls_.end()) return; // answered already, or by us
    if (!call->second.on_wire && call->second.sendings > 0) abandoned_.push_back(call->first);
    if (call->second.on_wire)
        outbox_.add_line(spliced(notification, notification.verdict.request_id, std::to_string(call->first)));
    calls_.erase(call);
}

// ---- connecting -----------------------------------------------------------------------------------------

bool Link::accepts() const noexcept {
    return state_ != State::ready || outbox_.size() < limits::output_bytes;
}

/// A call waits and there is no connection.
void Link::wanted() {
    waker_.reset();
    pause_ = limits::reconnect_first;
    connect();
}

void Link::connect() {
    Connected attempt = connect_daemon(socket_paths(environment_));
    if (!attempt.fd) {
        cause_ = attempt.cause;
        if (attempt.absent) waker_.wake(now_());
        return retry_later();
    }
    connection_ = std::move(attempt.fd);
    path_ = std::move(attempt.path);
    greeted_ = session_;
    outbox_.add_line(hello_line(id_, session_, folder_, environment_));
    state_ = State::greeting;
    hello_deadline_ = now_() + limits::hello_reply;
    flush();
}

void Link::retry_later() {
    state_ = State::waiting;
    retry_at_ = now_() + pause_;
    pause_ = std::min(pause_ * 2, limits::reconnect_longest);
}

/// The connection is gone. What was sent on it is sent again on the next, but not for ever.
void Link::lost(const std::string& cause) {
    const bool was_ready = state_ == State::ready;
    close();
    cause_ = path_ + ": " + cause;
    for (auto call = calls_.begin(); call != calls_.end();) {
        const auto here = call++;
        here->second.on_wire = false;
        if (was_ready) here->second.deadline = now_() + limits::hello_reply;
        if (here->second.sendings > limits::resends)
            fail(here,
                 "the daemon was lost " + std::to_string(here->second.sendings) + " times during this call",
                 "Run `mayla logs` to see why.");
    }
    if (calls_.empty()) return rest();
    if (was_ready) return wanted();
    retry_later(); // a daemon that ends before its hello must not be run in a hot loop
}

/// Writing failed: the daemon is gone, but what it said before is still there to read.
void Link::broken(const std::string& cause) {
    outbox_.clear();
    const std::uint64_t epoch = epoch_;
    while (epoch == epoch_ && read_some() != Read::nothing) {
    }
    if (epoch == epoch_) lost(cause);
}

void Link::close() {
    connection_.reset();
    reader_.reset();
    outbox_.clear();
    ++epoch_;
}

/// Nothing waits: no connection is needed, and the next one begins anew.
void Link::rest() {
    close();
    state_ = State::idle;
}

// ---- from the daemon ------------------------------------------------------------------------------------

void Link::readable() {
    // What the client does not take is left in the socket.
    while (connection_ && out_.empty() && read_some() == Read::full) {
    }
}

Link::Read Link::read_some() {
    std::array<char, 16u << 10> buffer; // NOLINT: filled by recv
    ssize_t got = 0;
    do got = ::recv(connection_.get(), buffer.data(), buffer.size(), 0);
    while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Read::nothing;
    if (got <= 0) {
        lost(got == 0 ? "the daemon closed the connection" : std::strerror(errno));
        return Read::nothing;
    }
    std::string_view chunk(buffer.data(), static_cast<std::size_t>(got));
    const std::uint64_t epoch = epoch_;
    while (epoch == epoch_) {
        const auto line = reader_.next(chunk);
        if (!line) break;
        take(*line);
    }
    return static_cast<std::size_t>(got) == buffer.size() ? Read::full : Read::some;
}

void Link::take(const Line& line) {
    if (line.verdict.blank()) return;
    if (state_ == State::greeting) return take_hello(line);
    if (!line.verdict.sound() || line.verdict.top != JsonKind::object)
        return lost("what it says is not JSON-RPC");
    if (!line.verdict.method.present()) return take_answer(line);
    // Progress and its like; requests and what is ours among the methods are not for the client.
    const bool notification = !line.verdict.id.present() && !line.over_limit &&
                              line.verdict.method_text.view().substr(0, 14) == "notifications/";
    if (notification) out_.add_line(line.bytes);
}

void Link::take_hello(const Line& line) {
    const auto reply = read_hello_reply(line.verdict.sound() ? line.bytes : std::string_view());
    if (!reply) return lost("what it says is no answer to hello");
    if (reply->refusal) {
        while (!calls_.empty()) fail(calls_.begin(), *reply->refusal, "`mayla doctor` says more.");
        return rest();
    }
    state_ = State::ready;
    pause_ = limits::reconnect_first;
    waker_.reset();
    acked_ = reply->acked;
    for (const std::uint64_t seq : abandoned_) outbox_.add_line(own_notification("mayla/abandon", seq));
    next_to_send_ = 1;
    send_more();
}

void Link::take_answer(const Line& line) {
    const std::uint64_t seq = seq_of(line.verdict.id_text.view());
    const auto call = calls_.from(seq);
    if (call == calls_.end() || call->first != seq || !call->second.on_wire) return; // cancelled, or given up
    if (line.over_limit) {
        out_.add_line(tool_error_line(call->second.id, call->second.modern,
                                      "internal: the answer has " + std::to_string(line.verdict.length) +
                                          " bytes; the limit is " + std::to_string(limits::message_bytes) +
                                          ".\nThe call itself was carried out. Ask for less."));
    } else {
        const JsonSpan& id = line.verdict.id;
        out_.add(line.bytes.substr(0, static_cast<std::size_t>(id.begin)));
        out_.add(call->second.id);
        out_.add_line(line.bytes.substr(static_cast<std::size_t>(id.end)));
    }
    abandoned_.clear(); // the daemon reads in order: it has read those, too
    calls_.erase(call);
}

// ---- to the daemon --------------------------------------------------------------------------------------

void Link::send_more() {
    for (auto call = calls_.from(next_to_send_); call != calls_.end() && accepts();) {
        const auto here = call++;
        next_to_send_ = here->first + 1;
        if (!here->second.on_wire) send(here->first, here->second);
    }
}

void Link::send(std::uint64_t seq, Call& call) {
    const auto line = calls_.line(call);
    if (!line)
        return fail(calls_.from(seq), "the call was kept on disk and cannot be read back", "Call again.");
    if (delivered_ > acked_) {
        acked_ = delivered_;
        outbox_.add_line(own_notification("mayla/acked", acked_));
    }
    if (++call.sendings > 1)
        outbox_.add_line(
            own_notification("mayla/resend", seq, ",\"attempt\":" + std::to_string(call.sendings)));
    outbox_.add_line(*line);
    call.on_wire = true;
}

void Link::flush() {
    while (connection_ && !outbox_.empty()) {
        const std::string_view pending = outbox_.pending();
        const ssize_t wrote = ::send(connection_.get(), pending.data(), pending.size(), 0);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (wrote < 0) return broken(std::strerror(errno));
        outbox_.written(static_cast<std::size_t>(wrote));
        if (state_ == State::ready && outbox_.empty()) send_more();
    }
}

// ---- giving up ------------------------------------------------------------------------------------------

std::string Link::why() const {
    return waker_.complaint().empty() ? cause_ : cause_ + "; " + waker_.complaint();
}

/// Answers a call with an error and forgets it.
void Link::fail(Calls::Map::iterator call, const std::string& cause, const std::string& remedy) {
    const bool sent = call->second.sendings > 0;
    if (sent) {
        abandoned_.push_back(call->first);
        if (connection_ && state_ == State::ready)
            outbox_.add_line(own_notification("mayla/abandon", call->first));
    }
    out_.add_line(tool_error_line(
        call->second.id, call->second.modern,
        "unavailable: " + cause +
            (sent ? "; outcome unknown; check before repeating.\n" : "; not sent; nothing was changed.\n") +
            remedy));
    calls_.erase(call);
}

std::optional<Clock::time_point> Link::deadline() {
    std::optional<Clock::time_point> first = waker_.deadline();
    const auto also = [&](Clock::time_point at) { first = first ? std::min(*first, at) : at; };
    if (state_ == State::waiting) also(retry_at_);
    if (state_ == State::greeting) also(hello_deadline_);
    if (state_ == State::waiting || state_ == State::greeting)
        for (const auto& [seq, call] : calls_) also(call.deadline);
    return first;
}

void Link::expire() {
    const Clock::time_point now = now_();
    if (waker_.expire(now) && state_ == State::waiting) connect();
    const std::string silence =
        "no answer to hello within " + std::to_string(limits::hello_reply.count() / 1000) + " s";
    if (state_ == State::greeting && now >= hello_deadline_) lost(silence);
    if (state_ == State::waiting || state_ == State::greeting) {
        const std::string cause = "no daemon for " + std::to_string(limits::hello_reply.count() / 1000) +
                                  " s (" + (state_ == State::greeting ? path_ + ": " + silence : why()) + ")";
        for (auto call = calls_.begin(); call != calls_.end();) {
            const auto here = call++;
            if (now >= here->second.deadline) fail(here, cause, waker_.remedy());
        }
        if (calls_.empty()) return rest();
    }
    if (state_ == State::waiting && now >= retry_at_) connect();
}

void Link::waker_readable() {
    if (!waker_.readable()) return;
    if (state_ == State::waiting) connect();
}

} // namespace mayla::shim
