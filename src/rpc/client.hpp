#pragma once

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/limits.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace mayla::rpc {

/// What a client tells the daemon of itself, and where it looks for it.
struct ClientOptions {
    std::vector<std::string> sockets; ///< candidates, tried in this order
    std::string build;                ///< version of the program that asks
    std::string cwd;                  ///< absolute; the daemon finds the project by it
    /// Called once when the daemon was lost during a call and nobody listens any more: may start one.
    std::function<void()> wake;
    std::chrono::milliseconds hello = limits::hello_reply;    ///< from connect to the reply to hello
    std::chrono::milliseconds call = std::chrono::minutes(1); ///< from a call to its answer, resends included
};

/// One candidate that could not be connected to.
struct FailedSocket {
    std::string path;
    int error; ///< errno of connect
};

/// A small blocking client of the daemon, for people's commands: connect, hello (role `cli`), then one call
/// at a time (src/README.md, "The wire"). A connection that is lost during a call is made again and the call
/// repeated under the same number, so that a write still happens once.
///
/// Thread rule: one thread. SIGPIPE has to be ignored by the program.
class Client {
public:
    explicit Client(ClientOptions options);
    Client(Client&&) = default;
    Client& operator=(Client&&) = default;
    ~Client();

    /// Connects to the first candidate that answers, and says hello. False when none does: failed() tells
    /// why. Throws Error if a daemon takes the connection but refuses the hello (its own code, else
    /// unavailable), does not speak the protocol (unavailable) or says nothing (timed_out).
    bool connect();
    const std::vector<FailedSocket>& failed() const noexcept { return failed_; }

    /// The result of one request, after connect() was true once. Throws Error: the daemon's own, with its
    /// code, if it answers with an error; unavailable if it is not there or was lost too often; timed_out;
    /// invalid_argument if params hold text that is not UTF-8.
    nlohmann::json call(const std::string& method, const nlohmann::json& params);

    const std::string& socket() const noexcept { return socket_; }      ///< the candidate that is connected
    const std::string& daemon_build() const noexcept { return build_; } ///< from the reply to hello
    int daemon_protocol() const noexcept { return protocol_; }          ///< from the reply to hello
    const std::string& daemon_busy() const noexcept { return busy_; }   ///< from the reply to hello, or empty

private:
    enum class Sent { all, lost };

    /// False when the connection was lost before the reply.
    bool hello(Deadline);
    Sent send(const std::string& lines, Deadline);
    /// One line; empty when the connection was lost.
    std::string receive(Deadline);
    void await(short events, Deadline);
    bool reconnect(Deadline);

    ClientOptions options_;
    std::string link_;
    OwnedFd fd_;
    std::string input_; ///< bytes behind the last line that was taken
    std::uint64_t seq_ = 0;
    std::vector<FailedSocket> failed_;
    std::string socket_, build_, busy_;
    int protocol_ = 0;
};

/// The error that an error member of the protocol stands for: its message begins with the name of a Code
/// ("not_found: ..."); one that does not is `fallback`.
Error error_from_message(const std::string& message, Code fallback);

} // namespace mayla::rpc
