#pragma once

#include "base/paths.hpp"
#include "shim/calls.hpp"
#include "shim/client.hpp"
#include "shim/waker.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mayla::shim {

/// The daemon's side: one link that outlives connections and daemons (DESIGN 4).
///
///   idle      no connection, and none is wanted
///   waiting   calls wait; connecting failed, and is tried again at retry_at_
///   greeting  connected, hello was sent, its reply is awaited
///   ready     calls flow
///
/// Invariants: a connection is made only when a call waits; calls are sent only when ready; each call of the
/// table gets exactly one answer, from the daemon or from here, unless the client cancels it; a call whose
/// outcome the client was told to be unknown is abandoned before anything else is said to the next daemon;
/// when no call waits, and no child of the waker runs, there is no deadline: the process sleeps.
class Link final : public Relay {
public:
    using Now = std::function<Clock::time_point()>;

    /// Answers go to `out`. `session` is read at each hello. `spill_folder` is for Calls.
    Link(Outbox& out, const Session& session, const Environment& environment, std::string spill_folder,
         Now now = &Clock::now);

    void call(const Line& request, bool modern) override;
    void cancelled(const Line& notification) override;

    /// Of the connection; -1 without one.
    int fd() const noexcept { return connection_.get(); }
    bool wants_to_write() const noexcept { return !outbox_.empty(); }
    /// False when too much waits for the daemon: the client is not to be read.
    bool accepts() const noexcept;
    /// Of the waker's child; -1 without one.
    int waker_fd() const noexcept { return waker_.fd().get(); }
    std::optional<Clock::time_point> deadline();

    void readable();
    void waker_readable();
    /// Writes what can be written without waiting.
    void flush();
    /// To be called when deadline() has passed.
    void expire();

private:
    enum class State { idle, waiting, greeting, ready };

    enum class Read { full, some, nothing };

    void wanted();
    void connect();
    void retry_later();
    void lost(const std::string& cause);
    void broken(const std::string& cause);
    void close();
    void rest();
    void take(const Line& line);
    void take_hello(const Line& line);
    void take_answer(const Line& line);
    void send_more();
    void send(std::uint64_t seq, Call& call);
    void fail(Calls::Map::iterator call, const std::string& cause, const std::string& remedy);
    std::string why() const;
    Read read_some();

    Outbox& out_;
    const Session& session_;
    const Environment& environment_;
    Now now_;
    const std::string id_;
    const std::string folder_; // that the client started us in
    Calls calls_;
    Waker waker_;
    State state_ = State::idle;

    OwnedFd connection_;
    std::uint64_t epoch_ =
        0;             // counts the connections: what was read from an old one is not taken for the new one's
    std::string path_; // of its socket
    LineReader reader_;
    Outbox outbox_;
    std::optional<Session> greeted_; // what the last hello said
    std::uint64_t next_to_send_ = 1; // no call below it waits to be sent on this connection

    std::string cause_; // of the last failure
    Clock::time_point retry_at_{};
    Clock::time_point hello_deadline_{};
    std::chrono::milliseconds pause_;

    std::uint64_t delivered_ = 0;          // every answer up to it was written to the client
    std::uint64_t acked_ = 0;              // and the daemon knows
    std::vector<std::uint64_t> abandoned_; // until an answer shows that the daemon has read it
};

} // namespace mayla::shim
