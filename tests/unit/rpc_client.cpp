#include "base/error.hpp"
#include "rpc/client.hpp"

#include "support/catch.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace mayla;
using namespace mayla::rpc;
using nlohmann::json;

namespace {

/// One accepted connection, as a daemon sees it.
class Peer {
public:
    explicit Peer(OwnedFd fd) : fd_(std::move(fd)) {}

    /// The next line; null at the end.
    json next() {
        for (;;) {
            if (const auto end = input_.find('\n'); end != std::string::npos) {
                json line = json::parse(input_.substr(0, end));
                input_.erase(0, end + 1);
                return line;
            }
            std::array<char, 4096> chunk;
            const ssize_t n = ::read(fd_.get(), chunk.data(), chunk.size());
            if (n <= 0) return {};
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        }
    }
    void send(const json& message) {
        const std::string line = message.dump() + "\n";
        (void)!::write(fd_.get(), line.data(), line.size());
    }
    /// Takes the hello and answers it.
    json greet() {
        const json hello = next();
        send(
            {{"jsonrpc", "2.0"}, {"id", 0}, {"result", {{"protocol", 1}, {"build", "9.9.9"}, {"acked", 0}}}});
        return hello;
    }

private:
    OwnedFd fd_;
    std::string input_;
};

/// A daemon that plays a script in a thread of its own, one accepted connection after another.
class Daemon {
public:
    explicit Daemon(std::function<void(std::function<Peer()>)> script) {
        std::string folder = "/tmp/mayla-client-XXXXXX";
        REQUIRE(::mkdtemp(folder.data()) != nullptr);
        folder_ = folder;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
        listening_ = OwnedFd::adopt(::socket(AF_UNIX, SOCK_STREAM, 0));
        REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listening_.get(), 10) == 0);
        thread_ = std::thread([this, script = std::move(script)] {
            script([this] { return Peer(OwnedFd::adopt(::accept(listening_.get(), nullptr, nullptr))); });
        });
    }
    ~Daemon() {
        thread_.join();
        ::unlink(socket().c_str());
        ::rmdir(folder_.c_str());
    }
    std::string socket() const { return folder_ + "/s"; }

private:
    std::string folder_;
    OwnedFd listening_;
    std::thread thread_;
};

Client client_for(const std::string& socket) {
    ::signal(SIGPIPE, SIG_IGN);
    ClientOptions options;
    options.sockets = {"/nowhere/at/all", socket};
    options.build = "1.2.3";
    options.cwd = "/tmp";
    options.call = std::chrono::seconds(30);
    return Client(std::move(options));
}

json result(const json& request, json value) {
    return {{"jsonrpc", "2.0"}, {"id", request["id"]}, {"result", std::move(value)}};
}

} // namespace

TEST_CASE("client: says hello as a person's command and takes the first socket that answers") {
    json hello;
    Daemon daemon([&](auto accept) {
        Peer peer = accept();
        hello = peer.greet();
        peer.send(result(peer.next(), {{"pid", 42}}));
    });
    {
        Client client = client_for(daemon.socket());
        REQUIRE(client.connect());
        CHECK(client.failed().size() == 1);
        CHECK(client.socket() == daemon.socket());
        CHECK(client.daemon_build() == "9.9.9");
        CHECK(client.call("mayla/status", json::object())["pid"] == 42);
    }
    CHECK(hello["method"] == "mayla/hello");
    CHECK(hello["params"]["role"] == "cli");
    CHECK(hello["params"]["cwd"] == "/tmp");
    CHECK(hello["params"]["link"].get<std::string>().size() == 36);
}

TEST_CASE("client: a call whose daemon is lost goes to the next one under the same number and link") {
    json first, announced, second, hello_1, hello_2;
    Daemon daemon([&](auto accept) {
        {
            Peer peer = accept();
            hello_1 = peer.greet();
            first = peer.next();
        }
        Peer peer = accept();
        hello_2 = peer.greet();
        announced = peer.next();
        second = peer.next();
        peer.send(result(second, "done"));
    });
    Client client = client_for(daemon.socket());
    REQUIRE(client.connect());
    CHECK(client.call("tools/call", {{"name", "remember"}}) == "done");
    CHECK(announced["method"] == "mayla/resend");
    CHECK(announced["params"] == json({{"seq", 1}, {"attempt", 2}}));
    CHECK(first == second);
    CHECK(hello_1["params"]["link"] == hello_2["params"]["link"]);
}

TEST_CASE("client: when nobody listens after a loss, one is woken, once, and asked again") {
    std::string path;
    Daemon first([&](auto accept) {
        Peer peer = accept();
        peer.greet();
        peer.next();
        ::unlink(path.c_str());
    });
    Daemon second([&](auto accept) {
        Peer peer = accept();
        peer.greet();
        peer.next(); // mayla/resend
        peer.send(result(peer.next(), "done"));
    });
    path = first.socket();
    int woken = 0;
    ClientOptions options;
    options.sockets = {path};
    options.call = std::chrono::seconds(30);
    options.wake = [&] {
        ++woken;
        REQUIRE(std::rename(second.socket().c_str(), path.c_str()) == 0);
    };
    Client client(std::move(options));
    REQUIRE(client.connect());
    CHECK(client.call("tools/call", json::object()) == "done");
    CHECK(woken == 1);
}

TEST_CASE("client: a call that loses every daemon ends with an error") {
    Daemon daemon([&](auto accept) {
        for (int i = 0; i <= limits::resends; ++i) {
            Peer peer = accept();
            peer.greet();
            while (!peer.next().contains("id")) {
            }
        }
    });
    Client client = client_for(daemon.socket());
    REQUIRE(client.connect());
    CHECK_THROWS_AS(client.call("tools/call", json::object()), Error);
}

TEST_CASE("client: an answer that was written before the daemon ended still counts") {
    Daemon daemon([&](auto accept) {
        Peer peer = accept();
        peer.greet();
        peer.send(result(peer.next(), "last words"));
    });
    Client client = client_for(daemon.socket());
    REQUIRE(client.connect());
    CHECK(client.call("tools/call", json::object()) == "last words");
}

TEST_CASE("client: the daemon's errors keep their code") {
    Daemon daemon([&](auto accept) {
        Peer peer = accept();
        peer.greet();
        const json request = peer.next();
        peer.send({{"jsonrpc", "2.0"},
                   {"id", request["id"]},
                   {"error", {{"code", -32603}, {"message", "not_found: there is no memory 7"}}}});
    });
    Client client = client_for(daemon.socket());
    REQUIRE(client.connect());
    try {
        client.call("mayla/memory.rows", json::object());
        FAIL("no error");
    } catch (const Error& e) {
        CHECK(e.code() == Code::not_found);
        CHECK(e.message() == "there is no memory 7");
    }
}

TEST_CASE("client: whoever does not speak the protocol is named, and text that is not UTF-8 is not sent") {
    Daemon daemon([&](auto accept) {
        Peer stranger = accept();
        stranger.next();
        stranger.send("hello yourself");
        Peer peer = accept();
        peer.greet();
    });
    Client client = client_for(daemon.socket());
    CHECK_THROWS_AS(client.connect(), Error);
    REQUIRE(client.connect());
    CHECK_THROWS_AS(client.call("tools/call", {{"text", "caf\xe9"}}), Error);
}
