#pragma once

#include "mcp/dispatcher.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mayla::mcp {

/// One link: the calls of one shim, over as many connections as it takes (DESIGN 4). A call belongs to the
/// link, not to the connection that brought it: what still runs when a connection is lost is answered on the
/// next one, where its repeat joins it.
///
/// Invariants
///   I1  a seq that runs is in `running_` once; a repeat never starts a second run
///   I2  a repeat whose method or params differ is refused and starts nothing
///   I3  a cancelled call is answered to nobody, and its seq stays taken until it has ended
///   I4  at or below `acked_` nothing runs again: the client has the answer
///
/// Thread rule: the loop only.
class Link : public std::enable_shared_from_this<Link> {
public:
    /// Takes lines for the client, newline included.
    using Sink = std::function<void(std::string)>;
    /// What else must happen on the store's side.
    struct Ports {
        std::function<void(const std::string& link, std::uint64_t seq)> acked;
        std::function<void(const std::string& link, std::uint64_t seq)> abandoned;
        std::function<void()> settled; ///< a call of this link has ended
    };

    Link(std::shared_ptr<const Caller> caller, Dispatcher& dispatcher, Ports ports);

    /// A (new) connection: answers go there from now on. The hello may tell other facts about the caller than
    /// the last one.
    void attach(std::shared_ptr<const Caller> caller, Sink sink);
    /// The connection is gone.
    void detach();
    bool attached() const { return static_cast<bool>(sink_); }

    /// A line that came after the hello.
    void receive(const rpc::Line& line);

    std::size_t running() const { return running_.size(); }
    std::uint64_t acked() const { return acked_; }
    const Caller& caller() const { return *caller_; }

private:
    struct Running {
        std::shared_ptr<Call> call;
        Dress dress;
    };

    void request(const rpc::Request&, const JsonVerdict&);
    void notification(const rpc::Notification&, const JsonVerdict&);
    void run(std::uint64_t seq, const BoundRow& row, std::string arguments, CallHash hash, Dress dress);
    void finished(std::uint64_t seq, const Reply& reply);
    void cancel(std::uint64_t seq);
    void refuse(std::string_view id, rpc::ErrorCode code, std::string_view message,
                std::string_view data = {});
    void send(std::string line);

    std::shared_ptr<const Caller> caller_;
    Dispatcher& dispatcher_;
    Ports ports_;
    Sink sink_;
    std::unordered_map<std::uint64_t, Running> running_;
    std::unordered_map<std::uint64_t, int> attempts_; // announced by mayla/resend, for the line that follows
    std::uint64_t acked_ = 0;
};

} // namespace mayla::mcp
