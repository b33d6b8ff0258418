#include "daemon/connection.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"

#include <unistd.h>

namespace mayla::daemon {

Connection::Connection(event::Loop& loop, OwnedFd fd, std::string daemon_uuid, Ports ports)
    : ports_(std::move(ports)), daemon_(std::move(daemon_uuid)), fd_(fd.borrow()),
      hello_timer_(
          loop,
          [this] { refuse({}, "no hello within " + std::to_string(limits::hello_reply.count()) + " ms"); }),
      stream_(loop, std::move(fd), limits::output_bytes,
              {[this](std::string_view bytes) { received(bytes); }, [this] { ports_.closed(*this); },
               [this] {
                   if (!draining_ && !over_) stream_.resume_reading();
               }}) {
    hello_timer_.start_once(limits::hello_reply);
}

void Connection::send(std::string line) {
    stream_.write(line);
    // A client that does not read its answers is not read from either: what it can make us keep is bounded.
    if (stream_.over_high_water()) stream_.pause_reading();
}

void Connection::refuse(std::string_view id, const std::string& why) {
    over_ = true;
    stream_.write(rpc::error_line(id, rpc::ErrorCode::refused, why));
    stream_.close_after_writing();
}

void Connection::stop_reading() {
    draining_ = true;
    stream_.pause_reading();
}

void Connection::resume_reading() {
    draining_ = false;
    if (!over_) stream_.resume_reading();
}

void Connection::replaced() {
    over_ = true;
    link_ = nullptr;
    stream_.close_after_writing();
}

void Connection::received(std::string_view bytes) {
    ports_.active();
    framer_.feed(bytes, [this](const rpc::Line& line) {
        if (!over_) this->line(line);
    });
}

void Connection::line(const rpc::Line& line) {
    if (link_)
        link_->receive(line);
    else
        greet(line);
}

void Connection::greet(const rpc::Line& line) {
    hello_timer_.stop();
    const std::string id(line.verdict.id_usable() ? line.verdict.id_text.view() : std::string_view());
    try {
        hello_ = mcp::read_hello(line);
        const rpc::Peer peer = ports_.peer(fd_);
        if (peer.uid != static_cast<long>(::geteuid()))
            return refuse(id, "this daemon serves user " + std::to_string(::geteuid()) + " only, not user " +
                                  std::to_string(peer.uid) +
                                  "; each user has a daemon of their own (mayla setup)");
        hello_->caller.foreign = peer.foreign;
    } catch (const Error& error) { // the first line decides whether there is a link at all: its failure ends
                                   // the connection
        return refuse(id, error.message());
    }
    link_ = ports_.greeted(*this, *hello_);
    send(mcp::hello_line(*hello_, daemon_, link_->acked()));
}

} // namespace mayla::daemon
