#pragma once

#include "event/stream.hpp"
#include "event/timer.hpp"
#include "mcp/hello.hpp"
#include "mcp/link.hpp"
#include "rpc/peer.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace mayla::daemon {

/// One accepted connection: bytes to lines, the hello, then every line to its link.
///
/// Thread rule: the loop only.
class Connection {
public:
    struct Ports {
        /// The hello is good: attaches this connection to its link and gives the link. The reply is written
        /// by the connection.
        std::function<std::shared_ptr<mcp::Link>(Connection&, const mcp::Hello&)> greeted;
        /// The connection is over; destroys it.
        std::function<void(Connection&)> closed;
        /// A line came.
        std::function<void()> active;
        /// What a peer is told that may not be served at all, and why a peer counts as foreign.
        std::function<rpc::Peer(BorrowedFd)> peer;
    };

    Connection(event::Loop& loop, OwnedFd fd, std::string daemon_uuid, Ports ports);

    void send(std::string line);
    /// Says why, and closes once that is written.
    void refuse(std::string_view id, const std::string& why);
    /// No further lines are read; what is written still leaves.
    void stop_reading();
    void resume_reading();
    /// Another connection has taken the link over.
    void replaced();

    std::size_t unwritten() const { return stream_.unwritten(); }
    const std::shared_ptr<mcp::Link>& link() const { return link_; }
    const std::optional<mcp::Hello>& hello() const { return hello_; }
    std::chrono::steady_clock::time_point since() const { return since_; }

private:
    void received(std::string_view bytes);
    void line(const rpc::Line& line);
    void greet(const rpc::Line& line);

    Ports ports_;
    std::string daemon_;
    BorrowedFd fd_;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
    rpc::Framer framer_;
    std::optional<mcp::Hello> hello_;
    std::shared_ptr<mcp::Link> link_;
    bool over_ = false; // refused or replaced: nothing that still comes is read
    bool draining_ = false;
    event::Timer hello_timer_;
    event::Stream stream_;
};

} // namespace mayla::daemon
