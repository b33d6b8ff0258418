#include "base/fd.hpp"
#include "cli/status.hpp"
#include "cli/terminal.hpp"

#include "support/catch.hpp"

#include <array>
#include <csignal>
#include <string>
#include <unistd.h>

using namespace mayla;
using namespace mayla::cli;

namespace {

struct Pipe {
    OwnedFd read, write;
    Pipe() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        read = OwnedFd::adopt(ends[0]);
        write = OwnedFd::adopt(ends[1]);
    }
};

/// What a table looks like on a terminal of that width; without one, in a file.
std::string printed(const Table& table, std::optional<std::size_t> width) {
    Pipe pipe;
    Terminal out(pipe.write.borrow(), false, width);
    table.print(out);
    out.flush();
    pipe.write.reset();
    std::string text(4096, '\0');
    const ssize_t n = ::read(pipe.read.get(), text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

} // namespace

TEST_CASE("terminal: wide characters take two columns, combining ones none") {
    CHECK(columns("abc") == 3);
    CHECK(columns("漢字") == 4);
    CHECK(columns("e\u0301") == 1);
    CHECK(columns("\U0001F600") == 2);
    CHECK(columns("") == 0);
}

TEST_CASE("terminal: a text is cut between characters and says so") {
    CHECK(fitted("harbour", 7) == "harbour");
    CHECK(fitted("harbour", 4) == "har…");
    CHECK(fitted("漢字漢字", 4) == "漢…"); // a second wide character would leave no room for the ellipsis
    CHECK(fitted("漢字", 1) == "…");
    CHECK(fitted("x", 0).empty());
}

TEST_CASE("terminal: columns are aligned by what they look like, not by their bytes") {
    Table table({"ID", "TEXT"});
    table.row({"漢字", "a"});
    table.row({"12", "b"});
    CHECK(printed(table, std::nullopt) == "ID    TEXT\n漢字  a\n12    b\n");
}

TEST_CASE("terminal: only a terminal cuts the last column, and a row is one line") {
    Table table({"ID", "TEXT"});
    table.row({"1", std::string(30, 'x') + "\n" + std::string(30, 'y')});
    CHECK(printed(table, std::nullopt).find(std::string(30, 'x') + " " + std::string(30, 'y')) !=
          std::string::npos);
    CHECK(printed(table, 24) == "ID  TEXT\n1   " + std::string(19, 'x') + "…\n");
}

TEST_CASE("terminal: a reader that left is told apart from an error") {
    ::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.read.reset();
    Terminal out(pipe.write.borrow(), false, std::nullopt);
    out.print("x");
    CHECK_THROWS_AS(out.flush(), ReaderGone);
}

TEST_CASE("terminal: style is for terminals that want it") {
    CHECK(Terminal(BorrowedFd(1), false, 80).styled(Style::bad, "x") == "x");
    CHECK(Terminal(BorrowedFd(1), true, 80).styled(Style::bad, "x") == "\033[1;31mx\033[0m");
}

TEST_CASE("status: times and sizes as people say them") {
    CHECK(duration(59) == "59 s");
    CHECK(duration(3 * 60 + 20) == "3 min");
    CHECK(duration(2 * 3600 + 5 * 60) == "2 h 5 min");
    CHECK(duration(72 * 3600) == "3 days");
    CHECK(size(512) == "512 B");
    CHECK(size(1536) == "1.5 KiB");
    CHECK(size(48 << 10) == "48 KiB");
}
