#pragma once

#include "shim/handshake.hpp"
#include "shim/line_reader.hpp"
#include "shim/outbox.hpp"
#include "shim/session.hpp"

#include <cstdint>
#include <string>

namespace mayla::shim {

/// Takes what is meant for the daemon. The lines are sound requests and notifications within all limits.
class Relay {
public:
    virtual ~Relay() = default;
    virtual void call(const Line& request, bool modern) = 0;
    /// The client takes back the request that `params.requestId` names.
    virtual void cancelled(const Line& notification) = 0;
};

/// The client's side: judges each of its lines, answers what needs no daemon, hands the rest to the relay.
/// Every request gets an answer, whatever is wrong with it, and the reading goes on.
class Client {
public:
    /// Answers go to `out`; what the client tells about itself goes to `session`.
    Client(Outbox& out, Session& session, Relay& relay) : out_(out), session_(session), relay_(relay) {}

    void take(const Line& line);

private:
    void request(const Line& line);
    void notification(const Line& line);
    void response(const Line& line);
    void ask_for_roots();

    Outbox& out_;
    Session& session_;
    Relay& relay_;
    bool has_roots_ = false;
    std::uint64_t roots_asked_ = 0;
    std::string roots_id_; // of the question that waits for its answer; empty when none does
};

} // namespace mayla::shim
