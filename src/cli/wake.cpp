#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/protocol.hpp"
#include "cli/daemon.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace mayla::cli {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// The shim gives up on a daemon after hello_reply and says why; that answer has to arrive.
constexpr milliseconds patience = limits::hello_reply + std::chrono::seconds(5);

/// `mayla-shim mcp` as a child, at the other end of a socket. Ends with its owner.
class Session {
public:
    explicit Session(const std::string& shim) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            throw system_error(Code::unavailable, "socketpair", errno);
        ours_ = OwnedFd::adopt(ends[0]);
        const OwnedFd theirs = OwnedFd::adopt(ends[1]);
        for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
        // We ignore SIGPIPE; what the shim starts must find it as programs expect it.
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        sigset_t defaults;
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGPIPE);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        std::array<std::string, 2> words{shim, "mcp"};
        std::array<char*, 3> argv{words[0].data(), words[1].data(), nullptr};
        const int error = ::posix_spawn(&child_, shim.c_str(), &actions, &attributes, argv.data(), environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
        if (error != 0) throw system_error(Code::unavailable, shim, error);
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() {
        // End of its input is a session's end; a signal makes sure of it.
        ours_.reset();
        ::kill(child_, SIGTERM);
        while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    void send(const json& message) {
        const std::string line = message.dump() + "\n";
        if (::write(ours_.get(), line.data(), line.size()) < 0)
            throw system_error(Code::unavailable, "mayla-shim", errno);
    }

    /// The answer with this id; null when the shim ends or says nothing in time.
    json answer(int id, Deadline until) {
        for (;;) {
            for (auto end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
                json message = json::parse(input_.substr(0, end), nullptr, false);
                input_.erase(0, end + 1);
                if (message.is_object() && message.value("id", json()) == json(id)) return message;
            }
            const milliseconds left = until.left();
            pollfd waiting{ours_.get(), POLLIN, 0};
            if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) return {};
            std::array<char, 4096> chunk;
            const ssize_t n = ::read(ours_.get(), chunk.data(), chunk.size());
            if (n > 0) {
                input_.append(chunk.data(), static_cast<std::size_t>(n));
            } else if (n == 0 || errno != EINTR) {
                return {};
            }
        }
    }

private:
    OwnedFd ours_;
    pid_t child_ = 0;
    std::string input_;
};

json request(int id, const char* method, json params) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

} // namespace

void wake_through_shim(const Places& places) {
    const auto until = Deadline::in(patience);
    Session session(places.shim().string());
    session.send(request(1, "initialize",
                         {{"protocolVersion", protocol::latest_legacy_revision},
                          {"capabilities", json::object()},
                          {"clientInfo", {{"name", "mayla"}, {"version", protocol::build()}}}}));
    session.send({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}});
    session.send(
        request(2, "tools/call", {{"name", "recall"}, {"arguments", {{"q", "setup"}, {"limit", 1}}}}));
    const json answer = session.answer(2, until);
    if (!answer.contains("result")) {
        throw Error(Code::unavailable,
                    fmt::format("{} did not start a daemon; `mayla doctor` says what to do.",
                                places.shown(places.shim())));
    }
    const json& result = answer["result"];
    if (!result.value("isError", false)) return;
    std::string text;
    for (const auto& block : result.value("content", json::array())) text += block.value("text", "");
    throw rpc::error_from_message(text, Code::unavailable);
}

} // namespace mayla::cli
