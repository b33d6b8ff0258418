#pragma once

// A link between a client and a daemon that are both the test, with a clock that is the test's as well.

#include "base/limits.hpp"
#include "shim/link.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace shim_tests {

using namespace mayla;
using namespace mayla::shim;
using nlohmann::json;

using Lines = std::vector<std::string>;

/// The daemon's end of one connection.
struct Peer {
    OwnedFd fd;
    std::string read;

    void say(const std::string& line) {
        const std::string bytes = line + '\n';
        REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    }
    /// What has come so far, by lines.
    Lines heard() {
        char buffer[4096];
        for (ssize_t got = 0; (got = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
            read.append(buffer, static_cast<std::size_t>(got));
        Lines lines;
        while (read.find('\n') != read.npos) {
            lines.push_back(read.substr(0, read.find('\n')));
            read.erase(0, lines.back().size() + 1);
        }
        return lines;
    }
    void greet() {
        const Lines lines = heard();
        REQUIRE(lines.size() == 1);
        CHECK(json::parse(lines.front())["method"] == "mayla/hello");
        say(R"({"jsonrpc":"2.0","id":0,"result":{"protocol":1,"build":"t","daemon":"d","acked":0}})");
    }
};

/// A link between a client that is this test and a daemon that is this test.
struct Bench {
    tests::Folder folder;
    Environment environment = [this](const char* name) -> std::optional<std::string> {
        const std::string_view wanted = name;
        if (wanted == "XDG_RUNTIME_DIR" || wanted == "HOME" || wanted == "XDG_DATA_HOME")
            return folder.path();
        return std::nullopt;
    };
    OwnedFd listening;
    Clock::time_point time = Clock::now();
    Outbox out;
    Session session;
    Link link{out, session, environment, folder.path(), [this] { return time; }};

    Bench() {
        std::signal(SIGPIPE, SIG_IGN);
        // No test may ask the service manager of whoever runs it.
        tests::write_file(folder / "mayla/unmanaged", "");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, (folder / "mayla/daemon.sock").c_str());
        listening = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
        REQUIRE(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listening.get(), 8) == 0);
    }

    Peer accept() { return {OwnedFd::adopt(::accept(listening.get(), nullptr, nullptr)), {}}; }
    bool nobody_waits() const {
        pollfd p{listening.get(), POLLIN, 0};
        return ::poll(&p, 1, 0) == 0;
    }
    static void with_line(const std::string& text, const std::function<void(const Line&)>& use) {
        LineReader reader;
        const std::string stream = text + '\n';
        std::string_view chunk = stream;
        const auto line = reader.next(chunk);
        REQUIRE(line);
        use(*line);
    }
    void call(const std::string& id, const std::string& name = "x", bool modern = false) {
        with_line(R"({"jsonrpc":"2.0","method":"tools/call", "id" : )" + id + R"(,"params":{"name":")" +
                      name + "\"}}",
                  [&](const Line& line) { link.call(line, modern); });
        link.flush();
    }
    void cancel(const std::string& id) {
        with_line(
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":"r","requestId":)" +
                id + "}}",
            [&](const Line& line) { link.cancelled(line); });
        link.flush();
    }
    /// Lets the link take what the daemon said or did.
    void turn() {
        link.readable();
        link.flush();
    }
    /// Until the next deadline.
    void pass_time() {
        const auto deadline = link.deadline();
        REQUIRE(deadline);
        time = *deadline;
        link.expire();
        link.flush();
    }
    Lines answers() {
        Lines lines;
        std::string_view pending = out.pending();
        while (!pending.empty()) {
            lines.emplace_back(pending.substr(0, pending.find('\n')));
            pending.remove_prefix(lines.back().size() + 1);
        }
        out.clear();
        return lines;
    }
    std::string failure() {
        const Lines lines = answers();
        REQUIRE(lines.size() == 1);
        const json result = json::parse(lines.front())["result"];
        CHECK(result["isError"] == true);
        return result["content"][0]["text"];
    }
};

inline std::string wire_call(int seq, const std::string& name = "x") {
    return R"({"jsonrpc":"2.0","method":"tools/call", "id" : )" + std::to_string(seq) +
           R"(,"params":{"name":")" + name + "\"}}";
}
inline std::string own(const std::string& method, const std::string& params) {
    return R"({"jsonrpc":"2.0","method":"mayla/)" + method + R"(","params":{)" + params + "}}";
}
inline std::string answer(const std::string& id) {
    return R"({"jsonrpc":"2.0", "id": )" + id + R"( ,"result":{"content":[]}})";
}

using Catch::Matchers::Contains;

} // namespace shim_tests
