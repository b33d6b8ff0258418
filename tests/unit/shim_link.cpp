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

using namespace mayla;
using namespace mayla::shim;
using nlohmann::json;

namespace {

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

std::string wire_call(int seq, const std::string& name = "x") {
    return R"({"jsonrpc":"2.0","method":"tools/call", "id" : )" + std::to_string(seq) +
           R"(,"params":{"name":")" + name + "\"}}";
}
std::string own(const std::string& method, const std::string& params) {
    return R"({"jsonrpc":"2.0","method":"mayla/)" + method + R"(","params":{)" + params + "}}";
}
std::string answer(const std::string& id) {
    return R"({"jsonrpc":"2.0", "id": )" + id + R"( ,"result":{"content":[]}})";
}

using Catch::Matchers::Contains;

} // namespace

TEST_CASE("shim: no connection is made before the first call, and then the hello comes alone") {
    Bench bench;
    CHECK(bench.link.fd() == -1);
    CHECK_FALSE(bench.link.deadline());
    CHECK(bench.nobody_waits());
    bench.call("\"a\"");
    Peer daemon = bench.accept();
    const Lines hello = daemon.heard();
    REQUIRE(hello.size() == 1);
    CHECK(json::parse(hello[0])["method"] == "mayla/hello");
}

TEST_CASE("shim: a call goes out with its seq and comes back with the client's own bytes") {
    Bench bench;
    bench.call(R"("a\u0041")");
    bench.call("18446744073709551616", "y");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{wire_call(1), wire_call(2, "y")});
    CHECK_FALSE(bench.link.deadline());
    daemon.say(answer("2"));
    daemon.say(answer("1"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("18446744073709551616"), answer(R"("a\u0041")")});
    CHECK_FALSE(bench.link.deadline());
}

TEST_CASE("shim: answers to nobody, requests and our own methods do not reach the client") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    const std::string progress =
        R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}})";
    for (const std::string& line : {answer("2"), answer("\"1\""), answer("null"), std::string(" "),
                                    std::string(R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})"),
                                    std::string(R"({"jsonrpc":"2.0","method":"mayla/x"})"), progress})
        daemon.say(line);
    bench.turn();
    CHECK(bench.answers() == Lines{progress});
}

TEST_CASE("shim: what the client has got is acknowledged before the next call") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.heard();
    daemon.say(answer("1"));
    bench.turn();
    bench.call("2"); // the answer still waits in the client's outbox
    CHECK(daemon.heard() == Lines{wire_call(2)});
    bench.answers();
    bench.call("3");
    CHECK(daemon.heard() == Lines{own("acked", "\"seq\":1"), wire_call(3)});
    daemon.say(answer("3"));
    bench.turn();
    bench.answers();
    bench.call("4"); // 2 has no answer yet
    CHECK(daemon.heard() == Lines{wire_call(4)});
    daemon.say(answer("2"));
    daemon.say(answer("4"));
    bench.turn();
    bench.answers();
    bench.call("5");
    CHECK(daemon.heard() == Lines{own("acked", "\"seq\":4"), wire_call(5)});
}

TEST_CASE("shim: a cancelled call is forgotten, and the daemon hears of it by its seq") {
    Bench bench;
    bench.call("\"a\"");
    bench.call("\"b\"");
    bench.cancel("\"b\""); // not sent yet: it never will be
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{wire_call(1)});
    bench.cancel("\"a\"");
    CHECK(
        daemon.heard() ==
        Lines{
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"reason":"r","requestId":1}})"});
    bench.cancel("\"a\"");
    bench.cancel("\"unknown\"");
    CHECK(daemon.heard().empty());
    daemon.say(answer("1"));
    bench.turn();
    CHECK(bench.answers().empty());
}

TEST_CASE("shim: two calls with one id are two calls") {
    Bench bench;
    bench.call("1", "x");
    bench.call("1", "y");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{wire_call(1, "x"), wire_call(2, "y")});
    bench.cancel("1");
    CHECK(daemon.heard().size() == 1);
    daemon.say(answer("2"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("1")});
}

TEST_CASE("shim: calls without an answer are sent again to the next daemon, told to be repeats") {
    Bench bench;
    bench.call("1");
    bench.call("2");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.heard();
    daemon.say(answer("2")); // written before it dies: not lost
    daemon.fd.reset();
    bench.turn();
    bench.turn();
    CHECK(bench.answers() == Lines{answer("2")});
    bench.turn();
    Peer next = bench.accept();
    next.greet();
    bench.call("3");
    bench.turn();
    CHECK(next.heard() == Lines{own("resend", "\"seq\":1,\"attempt\":2"), wire_call(1), wire_call(3)});
    next.say(answer("1"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("1")});
}

TEST_CASE("shim: a lost daemon is not missed while nothing waits") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.say(answer("1"));
    bench.turn();
    bench.answers();
    daemon.fd.reset();
    bench.turn();
    CHECK(bench.link.fd() == -1);
    CHECK_FALSE(bench.link.deadline());
    CHECK(bench.nobody_waits());
    bench.call("2");
    CHECK_FALSE(bench.nobody_waits());
}

TEST_CASE("shim: a call that loses its daemon three times is given up, and the next daemon is told") {
    Bench bench;
    bench.call("1");
    for (int attempt = 1; attempt <= 1 + limits::resends; ++attempt) {
        CHECK(bench.answers().empty());
        Peer daemon = bench.accept();
        daemon.greet();
        bench.turn();
        Lines expected{wire_call(1)};
        if (attempt > 1)
            expected.insert(expected.begin(),
                            own("resend", "\"seq\":1,\"attempt\":" + std::to_string(attempt)));
        CHECK(daemon.heard() == expected);
        daemon.fd.reset();
        bench.turn();
    }
    CHECK_THAT(bench.failure(), Contains("unavailable: ") && Contains("lost 3 times") &&
                                    Contains("outcome unknown; check before repeating"));
    CHECK(bench.link.fd() == -1);
    bench.call("2");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    CHECK(daemon.heard() == Lines{own("abandon", "\"seq\":1"), own("acked", "\"seq\":1"), wire_call(2)});

    // That daemon may have died before it read the line: it is said again until an answer proves it.
    daemon.fd.reset();
    bench.turn();
    Peer next = bench.accept();
    next.greet();
    bench.turn();
    CHECK(next.heard().front() == own("abandon", "\"seq\":1"));
    next.say(answer("2"));
    bench.turn();
    bench.answers();
    next.fd.reset();
    bench.turn();
    bench.call("3");
    Peer last = bench.accept();
    last.greet();
    bench.turn();
    CHECK(last.heard() == Lines{own("acked", "\"seq\":2"), wire_call(3)});
}

TEST_CASE("shim: a daemon that says nothing costs a call ten seconds, and nothing was changed") {
    Bench bench;
    bench.call("1", "x", true);
    Peer daemon = bench.accept();
    const auto begin = bench.time;
    while (bench.out.empty()) bench.pass_time();
    CHECK(bench.time - begin == limits::hello_reply);
    const Lines lines = bench.answers();
    REQUIRE(lines.size() == 1);
    const json result = json::parse(lines.front())["result"];
    CHECK(result["resultType"] == "complete");
    CHECK_THAT(result["content"][0]["text"].get<std::string>(),
               Contains("unavailable: ") && Contains("no answer to hello within 10 s") &&
                   Contains("not sent; nothing was changed") && Contains("\nRun `mayla doctor`"));
    CHECK_FALSE(bench.link.deadline());
    CHECK(bench.link.fd() == -1);
}

TEST_CASE("shim: a call that was sent and whose daemon does not come back has an unknown outcome") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.fd.reset();
    bench.turn();
    while (bench.out.empty()) bench.pass_time();
    CHECK_THAT(bench.failure(), Contains("outcome unknown; check before repeating"));
    CHECK_FALSE(bench.link.deadline());
}

TEST_CASE("shim: a refused hello answers all that wait with the daemon's words") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.say(R"({"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"foreign namespace; set it"}})");
    daemon.fd.reset();
    bench.turn();
    CHECK_THAT(bench.failure(),
               Contains("foreign namespace; set it") && Contains("not sent; nothing was changed"));
    CHECK(bench.link.fd() == -1);
    CHECK_FALSE(bench.link.deadline());
}

TEST_CASE("shim: a daemon that ends before its hello is met with growing pauses") {
    Bench bench;
    bench.call("1");
    std::vector<Clock::duration> pauses;
    for (int i = 0; i < 7; ++i) {
        Peer daemon = bench.accept();
        daemon.fd.reset();
        bench.turn();
        CHECK(bench.nobody_waits());
        const auto before = bench.time;
        bench.pass_time();
        pauses.push_back(bench.time - before);
    }
    using namespace std::chrono_literals;
    CHECK(pauses == std::vector<Clock::duration>{50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms});
}

TEST_CASE("shim: a daemon that speaks something else is left") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.say("garbage");
    bench.turn();
    Peer next = bench.accept();
    next.greet();
    bench.turn();
    CHECK(next.heard().back() == wire_call(1));
}

TEST_CASE("shim: calls beyond the limit are answered busy, the others go on") {
    Bench bench;
    for (std::size_t i = 0; i < limits::calls_per_link; ++i) bench.call("1");
    CHECK(bench.answers().empty());
    bench.call("\"one more\"");
    CHECK_THAT(bench.failure(), Contains("busy: ") && Contains("4096") && Contains("nothing was changed"));
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.say(answer("1"));
    bench.turn();
    CHECK(bench.answers() == Lines{answer("1")});
}

TEST_CASE("shim: what the client tells later is told to the daemon as soon as nothing is under way") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    daemon.heard();
    bench.session.roots = {"/r"};
    bench.call("2");
    CHECK(daemon.heard() == Lines{wire_call(2)});
    daemon.say(answer("1"));
    daemon.say(answer("2"));
    bench.turn();
    bench.answers();
    bench.call("3");
    Peer next = bench.accept();
    const Lines hello = next.heard();
    REQUIRE(hello.size() == 1);
    CHECK(json::parse(hello[0])["params"]["roots"] == json::parse(R"(["/r"])"));
}

TEST_CASE("shim: a daemon that does not read holds the client back, and loses nothing") {
    Bench bench;
    bench.call("1");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    const std::string big(1u << 20, 'x');
    int calls = 1;
    while (bench.link.accepts() && calls < 1000) {
        bench.call("1", big);
        ++calls;
    }
    CHECK(calls < 16);
    int heard = 0;
    for (int round = 0; heard < calls && round < 100'000; ++round) {
        heard += static_cast<int>(daemon.heard().size());
        bench.link.flush();
    }
    CHECK(heard == calls);
    CHECK(bench.link.accepts());
}

TEST_CASE("shim: an answer over the limit is told as such") {
    Bench bench;
    bench.call("\"big\"");
    Peer daemon = bench.accept();
    daemon.greet();
    bench.turn();
    const std::string line =
        R"({"jsonrpc":"2.0","id":1,"result":{"x":")" + std::string(limits::message_bytes, 'x') + "\"}}\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const ssize_t wrote = ::send(daemon.fd.get(), line.data() + sent, line.size() - sent, MSG_DONTWAIT);
        if (wrote > 0) sent += static_cast<std::size_t>(wrote);
        bench.turn();
    }
    CHECK_THAT(bench.failure(), Contains("internal: ") && Contains("16777216"));
}
