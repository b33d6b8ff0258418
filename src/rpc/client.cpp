#include "rpc/client.hpp"

#include "base/error.hpp"
#include "base/protocol.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace mayla::rpc {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

/// A connected, non-blocking socket, or errno.
int connect_to(const std::string& path, milliseconds limit, OwnedFd& connected) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() > limits::socket_path_bytes) return ENAMETOOLONG;
    std::memcpy(address.sun_path, path.data(), path.size());

    OwnedFd fd = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (!fd) return errno;
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
    // Blocking with a limit: poll() cannot wait for a place in a full backlog.
    timeval wait{};
    wait.tv_sec = static_cast<decltype(wait.tv_sec)>(limit.count() / 1000);
    wait.tv_usec = static_cast<decltype(wait.tv_usec)>(limit.count() % 1000 * 1000);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
    ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
    connected = std::move(fd);
    return 0;
}

std::string line_of(const json& message) {
    try {
        return message.dump() + "\n";
    } catch (const json::exception&) {
        throw Error(Code::invalid_argument,
                    "The text is not UTF-8; convert it first, with `iconv -t UTF-8`.");
    }
}

bool lost(int error) { return error == ECONNRESET || error == EPIPE || error == ENOTCONN; }

} // namespace

Error error_from_message(const std::string& message, Code fallback) {
    constexpr std::array codes = {Code::invalid_argument, Code::not_found, Code::outside_workspace,
                                  Code::conflict,         Code::too_large, Code::busy,
                                  Code::timed_out,        Code::cancelled, Code::unavailable,
                                  Code::internal};
    for (const Code code : codes) {
        const std::string prefix = std::string(name(code)) + ": ";
        if (message.compare(0, prefix.size(), prefix) == 0) return Error(code, message.substr(prefix.size()));
    }
    return Error(fallback, message);
}

Client::Client(ClientOptions options) : options_(std::move(options)), link_(random_uuid()) {}

Client::~Client() {
    // The last answer has arrived: its stored result may go. Lost on the way, it goes by its age.
    if (!fd_ || seq_ == 0) return;
    const std::string line = fmt::format(R"({{"jsonrpc":"2.0","method":"mayla/acked","params":{{"seq":{}}}}})"
                                         "\n",
                                         seq_);
    [[maybe_unused]] const ssize_t n = ::send(fd_.get(), line.data(), line.size(), 0);
}

bool Client::connect() {
    const auto until = Deadline::in(options_.hello);
    failed_.clear();
    input_.clear();
    fd_.reset();
    for (const std::string& path : options_.sockets) {
        const int error = connect_to(path, options_.hello, fd_);
        if (error != 0) {
            failed_.push_back({path, error});
            continue;
        }
        socket_ = path;
        if (hello(until)) return true;
        fd_.reset();
        failed_.push_back({path, ECONNRESET});
    }
    return false;
}

bool Client::hello(Deadline until) {
    json params = {{"protocol", protocol::wire},
                   {"build", options_.build},
                   {"link", link_},
                   {"role", "cli"},
                   {"env", json::object()}};
    // JSON cannot carry other bytes, and a path with replacements would name another folder.
    if (is_utf8(options_.cwd)) params["cwd"] = options_.cwd;
    const json request = {
        {"jsonrpc", "2.0"}, {"id", 0}, {"method", "mayla/hello"}, {"params", std::move(params)}};
    const std::string line = request.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    const std::string reply = send(line, until) == Sent::all ? receive(until) : std::string();
    if (reply.empty()) return false;
    const json answer = json::parse(reply, nullptr, false);
    if (answer.is_object() && answer.contains("error")) {
        fd_.reset();
        throw error_from_message(answer["error"].value("message", "refused without a reason"),
                                 Code::unavailable);
    }
    if (!answer.is_object() || !answer.contains("result") || !answer["result"].is_object()) {
        fd_.reset();
        throw Error(Code::unavailable, fmt::format("Whoever listens on {} is no mayla-daemon.", socket_));
    }
    const json& result = answer["result"];
    protocol_ = result.value("protocol", 0);
    build_ = result.value("build", "");
    busy_ = result.value("busy", "");
    return true;
}

json Client::call(const std::string& method, const json& params) {
    assert(!socket_.empty() && "connect() comes first");
    const auto until = Deadline::in(options_.call);
    const std::uint64_t seq = seq_ + 1;
    const std::string line =
        line_of({{"jsonrpc", "2.0"}, {"id", seq}, {"method", method}, {"params", params}});
    for (int attempt = 1; attempt <= 1 + limits::resends; ++attempt) {
        if (!fd_ && !reconnect(until)) break;
        std::string lines;
        if (attempt > 1) {
            lines = line_of({{"jsonrpc", "2.0"},
                             {"method", "mayla/resend"},
                             {"params", {{"seq", seq}, {"attempt", attempt}}}});
        }
        lines += line;
        seq_ = seq;
        // Lost or not: what the daemon wrote before it went is still readable.
        send(lines, until);
        for (std::string answer = receive(until); !answer.empty(); answer = receive(until)) {
            json message = json::parse(answer, nullptr, false);
            if (!message.is_object() || message.value("id", json()) != json(seq)) continue;
            if (message.contains("error")) {
                throw error_from_message(message["error"].value("message", "refused without a reason"),
                                         Code::internal);
            }
            return std::move(message["result"]);
        }
        fd_.reset();
    }
    throw Error(
        Code::unavailable,
        fmt::format("The daemon was lost during `{}` and did not answer again; outcome unknown, check before "
                    "repeating. `mayla logs` shows why.",
                    method));
}

bool Client::reconnect(Deadline until) {
    milliseconds pause = limits::reconnect_first;
    const Deadline patience = Deadline::in(std::min(limits::hello_reply, until.left()));
    for (bool woken = false; !connect();) {
        if (!std::exchange(woken, true) && options_.wake) {
            options_.wake();
            continue;
        }
        if (patience.left() <= pause) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, limits::reconnect_longest);
    }
    return true;
}

Client::Sent Client::send(const std::string& lines, Deadline until) {
    std::size_t done = 0;
    while (done < lines.size()) {
        const ssize_t n = ::send(fd_.get(), lines.data() + done, lines.size() - done, 0);
        if (n >= 0) {
            done += static_cast<std::size_t>(n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            await(POLLOUT, until);
        } else if (lost(errno)) {
            return Sent::lost;
        } else if (errno != EINTR) {
            throw system_error(Code::unavailable, "write to " + socket_, errno);
        }
    }
    return Sent::all;
}

std::string Client::receive(Deadline until) {
    std::size_t searched = 0;
    for (;;) {
        if (const auto end = input_.find('\n', searched); end != std::string::npos) {
            std::string line = input_.substr(0, end);
            input_.erase(0, end + 1);
            return line;
        }
        searched = input_.size();
        if (searched > limits::message_bytes) {
            throw Error(Code::too_large, fmt::format("The daemon's answer is longer than {} MiB.",
                                                     limits::message_bytes >> 20));
        }
        std::array<char, 65536> chunk;
        const ssize_t n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (n > 0) {
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        } else if (n == 0 || lost(errno)) {
            return {};
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            await(POLLIN, until);
        } else if (errno != EINTR) {
            throw system_error(Code::unavailable, "read from " + socket_, errno);
        }
    }
}

void Client::await(short events, Deadline until) {
    const milliseconds left = until.left();
    pollfd waiting{fd_.get(), events, 0};
    if (left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) != 0) return;
    fd_.reset();
    throw Error(Code::timed_out, fmt::format("The daemon on {} took the connection, but does not answer; "
                                             "`mayla logs` shows what it is doing{}.",
                                             socket_, busy_.empty() ? "" : " (" + busy_ + ")"));
}

} // namespace mayla::rpc
