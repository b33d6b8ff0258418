#include "daemon/links.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"

namespace mayla::daemon {

Links::Links(event::Loop& loop, mcp::Dispatcher& dispatcher, tools::Effects& effects,
             Config::Namespaces namespaces, Log& log, std::string daemon_uuid, Ports ports)
    : loop_(loop), dispatcher_(dispatcher), effects_(effects), namespaces_(namespaces), log_(log),
      daemon_(std::move(daemon_uuid)), ports_(std::move(ports)) {}

void Links::accept(OwnedFd fd) {
    Connection::Ports ports{
        [this](Connection& connection, const mcp::Hello& hello) { return greeted(connection, hello); },
        [this](Connection& connection) { closed(connection); },
        ports_.active,
        [this](BorrowedFd socket) {
            rpc::Peer peer = rpc::peer_of(socket);
            if (namespaces_ == Config::Namespaces::any) peer.foreign.reset();
            return peer;
        },
    };
    auto connection = std::make_unique<Connection>(loop_, std::move(fd), daemon_, std::move(ports));
    Connection& added = *connection;
    connections_.emplace(&added, std::move(connection));
    if (connections_.size() > limits::connections)
        added.refuse({}, "the daemon has " + std::to_string(limits::connections) +
                             " connections, its limit; end some sessions");
    ports_.active();
}

void Links::stop_reading() {
    for (const auto& [key, connection] : connections_) connection->stop_reading();
}

void Links::resume_reading() {
    for (const auto& [key, connection] : connections_) connection->resume_reading();
}

std::size_t Links::running() const {
    std::size_t count = 0;
    for (const auto& [uuid, link] : links_) count += link->running();
    return count;
}

std::size_t Links::unwritten() const {
    std::size_t bytes = 0;
    for (const auto& [key, connection] : connections_) bytes += connection->unwritten();
    return bytes;
}

std::shared_ptr<mcp::Link> Links::greeted(Connection& connection, const mcp::Hello& hello) {
    const std::string& uuid = hello.caller.link;
    // A link has one connection: an older one is the half-dead rest of what its shim has given up.
    for (const auto& [key, other] : connections_)
        if (key != &connection && other->link() && other->link()->caller().link == uuid) other->replaced();
    auto caller = std::make_shared<const mcp::Caller>(hello.caller);
    std::shared_ptr<mcp::Link>& link = links_[uuid];
    if (!link)
        link = std::make_shared<mcp::Link>(
            caller, dispatcher_,
            mcp::Link::Ports{
                [this](const std::string& of, std::uint64_t seq) { effects_.acked(of, seq); },
                [this](const std::string& of, std::uint64_t seq) { effects_.abandoned(of, seq); },
                [this, uuid] { settled(uuid); }});
    link->attach(caller, [&connection](std::string line) { connection.send(std::move(line)); });
    ports_.greeted();
    if (caller->foreign) log_.warning("a foreign peer connected: " + *caller->foreign);
    return link;
}

void Links::closed(Connection& connection) {
    const std::shared_ptr<mcp::Link> link = connection.link();
    connections_.erase(&connection);
    if (link) {
        link->detach();
        drop_if_done(link->caller().link);
    }
    ports_.settled();
}

void Links::settled(const std::string& uuid) {
    // After the answer has been handed to its connection, and never inside the link's own call.
    loop_.post([this, uuid] {
        drop_if_done(uuid);
        ports_.settled();
    });
}

void Links::drop_if_done(const std::string& uuid) {
    const auto found = links_.find(uuid);
    if (found == links_.end() || found->second->attached() || found->second->running() > 0) return;
    links_.erase(found);
    effects_.settle(uuid);
}

std::vector<tools::DaemonStatus::Connection> Links::list() const {
    std::vector<tools::DaemonStatus::Connection> all;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [key, connection] : connections_) {
        if (!connection->hello()) continue;
        const mcp::Hello& hello = *connection->hello();
        all.push_back({hello.caller.role, hello.build, hello.protocol, hello.caller.cwd,
                       std::chrono::duration_cast<std::chrono::seconds>(now - connection->since()),
                       hello.caller.foreign.has_value()});
    }
    return all;
}

} // namespace mayla::daemon
