#include "base/error.hpp"
#include "mcp/hello.hpp"
#include "mcp/link.hpp"

#include "support/catch.hpp"

#include <deque>

using namespace mayla;
using namespace mayla::mcp;

namespace {

std::string no_arguments() { return "{}"; }
constexpr Row read_row{"look", "Look", "", Audience::model, {true, false, true}, Lane::quick, no_arguments};
constexpr Row write_row{"keep", "Keep", "", Audience::model, {}, Lane::quick, no_arguments};
constexpr Row method_row{"mayla/state",       "",          "",          Audience::person,
                         {true, false, true}, Lane::quick, no_arguments};

/// A link whose workers, loop and store are queues that the test turns by hand.
struct Bench {
    std::deque<std::function<void()>> work, loop;
    struct Commit {
        std::shared_ptr<const Call> call;
        std::function<void(Reply)> done;
    };
    std::deque<Commit> commits;
    std::vector<std::string> sent;
    std::vector<std::uint64_t> acked, abandoned;
    std::optional<Reply> stored;
    int stored_asked = 0, looked = 0, settled = 0;
    bool lane_full = false, store_down = false;

    Dispatcher dispatcher{{{&read_row,
                            [this](const Call&, const Json& arguments) -> Outcome {
                                ++looked;
                                if (arguments.contains("fail")) throw Error(Code::not_found, "no such thing");
                                if (arguments.contains("break")) throw std::runtime_error("oops");
                                return Reply{"seen " + arguments.value("what", ""), false, {}};
                            }},
                           {&write_row,
                            [](const Call&, const Json&) -> Outcome {
                                return Effect([](store::Transaction&) { return Reply{}; });
                            }},
                           {&method_row,
                            [](const Call&, const Json&) -> Outcome {
                                return Reply{R"({"fine":true})", false, {}};
                            }}},
                          {[this](Lane, std::function<void()> job) {
                               if (lane_full) return false;
                               work.push_back(std::move(job));
                               return true;
                           },
                           [this](std::function<void()> job) { loop.push_back(std::move(job)); },
                           [this](const Call&) {
                               ++stored_asked;
                               if (store_down) throw Error(Code::unavailable, "the file cannot be opened");
                               return stored;
                           },
                           [this](std::shared_ptr<const Call> call, Effect, std::function<void(Reply)> done) {
                               commits.push_back({std::move(call), std::move(done)});
                           },
                           [](std::string_view) {}}};
    std::shared_ptr<Caller> caller =
        std::make_shared<Caller>(Caller{"11111111-2222-4333-8444-555555555555", "mcp"});
    std::shared_ptr<Link> link = std::make_shared<Link>(
        caller, dispatcher,
        Link::Ports{[this](const std::string&, std::uint64_t seq) { acked.push_back(seq); },
                    [this](const std::string&, std::uint64_t seq) { abandoned.push_back(seq); },
                    [this] { ++settled; }});

    Bench() { attach(); }
    void attach() {
        link->attach(caller, [this](std::string line) { sent.push_back(std::move(line)); });
    }
    void receive(const std::string& line) {
        rpc::Framer framer;
        framer.feed(line + "\n", [this](const rpc::Line& read) { link->receive(read); });
    }
    void call(int seq, const std::string& tool, const std::string& arguments = "{}") {
        receive(R"({"jsonrpc":"2.0","id":)" + std::to_string(seq) +
                R"(,"method":"tools/call","params":{"name":")" + tool + R"(","arguments":)" + arguments +
                "}}");
    }
    static void turn(std::deque<std::function<void()>>& queue) {
        while (!queue.empty()) {
            const auto job = std::move(queue.front());
            queue.pop_front();
            job();
        }
    }
    void run() {
        turn(work);
        turn(loop);
    }
    void commit_all(const std::string& text) {
        while (!commits.empty()) {
            commits.front().done(Reply{text, false, {}});
            commits.pop_front();
        }
        turn(loop);
    }
};

using Catch::Matchers::Contains;

} // namespace

TEST_CASE("link: a call is answered under its seq, in whatever order calls end") {
    Bench bench;
    bench.call(1, "keep");
    bench.call(2, "look", R"({"what":"x"})");
    bench.run();
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent[0] ==
          "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"seen x\"}],"
          "\"isError\":false}}\n");
    bench.commit_all("kept");
    REQUIRE(bench.sent.size() == 2);
    CHECK_THAT(bench.sent[1], Contains("\"id\":1") && Contains("kept"));
    CHECK(bench.link->running() == 0);
    CHECK(bench.settled == 2);
}

TEST_CASE("link I1: a repeat of a running call joins it, over a new connection too") {
    Bench bench;
    bench.call(1, "keep");
    bench.run();
    REQUIRE(bench.commits.size() == 1);
    bench.link->detach();
    bench.attach();
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/resend","params":{"seq":1,"attempt":2}})");
    bench.call(1, "keep");
    bench.run();
    CHECK(bench.commits.size() == 1);
    bench.commit_all("kept");
    REQUIRE(bench.sent.size() == 1);
    CHECK_THAT(bench.sent[0], Contains("kept"));
}

TEST_CASE("link I2: a repeat that differs is refused and starts nothing") {
    Bench bench;
    bench.call(1, "keep");
    bench.call(1, "keep", R"({"other":1})");
    bench.run();
    CHECK(bench.commits.size() == 1);
    REQUIRE(bench.sent.size() == 1);
    CHECK_THAT(bench.sent[0], Contains("-32600") && Contains("other params"));
}

TEST_CASE("link: a write that comes again after it was done gets the stored answer") {
    Bench bench;
    bench.stored = Reply{"kept before", false, {}};
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/resend","params":{"seq":5,"attempt":2}})");
    bench.call(5, "keep");
    bench.run();
    CHECK(bench.commits.empty());
    REQUIRE(bench.sent.size() == 1);
    CHECK_THAT(bench.sent[0], Contains("kept before"));
}

TEST_CASE("link: a write that comes again while nobody can look it up has an unknown outcome") {
    Bench bench;
    bench.store_down = true;
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/resend","params":{"seq":5,"attempt":2}})");
    bench.call(5, "keep");
    bench.run();
    CHECK(bench.commits.empty());
    REQUIRE(bench.sent.size() == 1);
    CHECK_THAT(bench.sent[0], Contains("outcome unknown") && !Contains("nothing was changed"));
}

TEST_CASE("link: a read that comes again is read again, without asking the store") {
    Bench bench;
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/resend","params":{"seq":5,"attempt":2}})");
    bench.call(5, "look");
    bench.run();
    CHECK(bench.looked == 1);
    CHECK(bench.stored_asked == 0);
}

TEST_CASE("link I3: a cancelled call is answered to nobody, and one that has not begun never runs") {
    Bench bench;
    bench.call(1, "keep");
    bench.receive(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
    bench.run();
    CHECK(bench.commits.empty());
    CHECK(bench.sent.empty());
    CHECK(bench.link->running() == 0);
}

TEST_CASE("link I4: what the client has acknowledged does not run again") {
    Bench bench;
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/acked","params":{"seq":3}})");
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/acked","params":{"seq":2}})");
    CHECK(bench.acked == std::vector<std::uint64_t>{3});
    bench.call(3, "keep");
    bench.run();
    CHECK(bench.commits.empty());
    REQUIRE(bench.sent.size() == 1);
    CHECK_THAT(bench.sent[0], Contains("outcome unknown"));
}

TEST_CASE("link: an abandoned call is told to the store and does not begin") {
    Bench bench;
    bench.call(1, "keep");
    bench.receive(R"({"jsonrpc":"2.0","method":"mayla/abandon","params":{"seq":1}})");
    bench.run();
    CHECK(bench.abandoned == std::vector<std::uint64_t>{1});
    CHECK(bench.commits.empty());
}

TEST_CASE("link: failures of tools are results, faults of the protocol are errors") {
    Bench bench;
    bench.call(1, "look", R"({"fail":1})");
    bench.call(2, "look", R"({"break":1})");
    bench.call(6, "look", R"({"n":1e999})");
    bench.call(3, "lok");
    bench.receive(R"({"jsonrpc":"2.0","id":4,"method":"tools/list"})");
    bench.receive(R"({"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":7}})");
    bench.receive(R"({"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"look"}})");
    bench.run();
    REQUIRE(bench.sent.size() == 7);
    CHECK_THAT(bench.sent[0], Contains("-32602") && Contains("unknown tool 'lok'; did you mean 'look'?"));
    CHECK_THAT(bench.sent[1], Contains("-32601"));
    CHECK_THAT(bench.sent[2], Contains("-32602") && Contains("params.name"));
    CHECK_THAT(bench.sent[3], Contains("-32600") && Contains("\"id\":\"x\""));
    CHECK_THAT(bench.sent[4], Contains("\"isError\":true") && Contains("not_found: no such thing"));
    CHECK_THAT(bench.sent[5], Contains("\"isError\":true") && Contains("internal: "));
    CHECK_THAT(bench.sent[6], Contains("invalid_argument: ") && Contains("too large"));
}

TEST_CASE("link: a full lane and too many calls are told as busy") {
    Bench bench;
    bench.lane_full = true;
    bench.call(1, "keep");
    bench.run();
    REQUIRE(bench.sent.size() == 1);
    CHECK_THAT(bench.sent[0], Contains("busy: "));
    bench.lane_full = false;
    for (int seq = 2; seq < 2 + static_cast<int>(limits::calls_per_link); ++seq) bench.call(seq, "keep");
    bench.call(1'000'000, "keep");
    CHECK_THAT(bench.sent.back(), Contains("busy: ") && Contains("\"id\":1000000"));
}

TEST_CASE("link: a modern call gets a modern answer, and its revision is checked") {
    Bench bench;
    const auto modern = [](int id, const std::string& revision, const std::string& capabilities) {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
               R"(,"method":"tools/call","params":{"name":"look","_meta":{"io.modelcontextprotocol/protocolVersion":")" +
               revision + "\"" + capabilities + "}}}";
    };
    const std::string capabilities = R"(,"io.modelcontextprotocol/clientCapabilities":{})";
    bench.receive(modern(1, "2026-07-28", capabilities));
    bench.receive(modern(2, "2031-01-01", capabilities));
    bench.receive(modern(3, "2026-07-28", ""));
    bench.run();
    REQUIRE(bench.sent.size() == 3);
    CHECK_THAT(bench.sent[0],
               Contains("-32022") && Contains("\"requested\":\"2031-01-01\"") && Contains("2025-06-18"));
    CHECK_THAT(bench.sent[1], Contains("-32602"));
    CHECK_THAT(bench.sent[2], Contains("\"resultType\":\"complete\"") && Contains("serverInfo"));
}

TEST_CASE("link: a method of ours answers with plain JSON, a foreign peer with the setting to change") {
    Bench bench;
    bench.receive(R"({"jsonrpc":"2.0","id":1,"method":"mayla/state","params":{}})");
    bench.run();
    CHECK(bench.sent.back() == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"fine\":true}}\n");
    bench.caller->foreign = "it runs in a sandbox";
    bench.call(2, "look");
    bench.receive(R"({"jsonrpc":"2.0","id":3,"method":"mayla/state"})");
    bench.run();
    CHECK_THAT(bench.sent[1], Contains("outside_workspace") && Contains("namespaces = "));
    CHECK_THAT(bench.sent[2], Contains("\"error\"") && Contains("outside_workspace"));
}

TEST_CASE("hello: tells who calls, and is refused when it is none") {
    const auto hello = [](const std::string& line) {
        std::optional<Hello> read;
        rpc::Framer framer;
        framer.feed(line + "\n", [&](const rpc::Line& one) { read = read_hello(one); });
        return *read;
    };
    const Hello read =
        hello(R"({"jsonrpc":"2.0","id":0,"method":"mayla/hello","params":{"protocol":1,"build":"9","new":1,)"
              R"("link":"11111111-2222-4333-8444-555555555555","role":"mcp","cwd":"/a","project_dir":"b",)"
              R"("roots":["/r",7,"x"]}})");
    CHECK(read.caller.cwd == "/a");
    CHECK(read.caller.project_dir.empty());
    CHECK(read.caller.roots == std::vector<std::string>{"/r"});
    CHECK_THAT(hello_line(read, "d", 4),
               Contains("\"acked\":4") && Contains("\"protocol\":1") && Contains("\"id\":0"));
    CHECK_THROWS_AS(hello(R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})"), Error);
    CHECK_THROWS_AS(hello(R"({"jsonrpc":"2.0","id":0,"method":"mayla/hello","params":{"protocol":0}})"),
                    Error);
    CHECK_THROWS_AS(
        hello(R"({"jsonrpc":"2.0","id":0,"method":"mayla/hello","params":{"protocol":1,"link":"x"}})"),
        Error);
}
