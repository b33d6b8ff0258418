#include "base/error.hpp"
#include "base/process.hpp"
#include "service/manager.hpp"
#include "service/program.hpp"

#include "support/catch.hpp"

using namespace mayla;
using namespace mayla::service;

namespace {

std::string all_of(const std::vector<UnitFile>& units) {
    std::string text;
    for (const auto& unit : units) text += unit.content;
    return text;
}

} // namespace

TEST_CASE("manager: definitions point to the installed daemon, and no placeholder is left") {
    const auto units = unit_files({"/home/u", "/home/u/.config", "/opt/mayla/bin"});
    const std::string text = all_of(units);
    CHECK(text.find("/opt/mayla/bin/mayla-daemon") != std::string::npos);
    CHECK(text.find("@bindir@") == std::string::npos);
    for (const auto& unit : units) CHECK(unit.path.string().rfind("/home/u/", 0) == 0);
}

TEST_CASE("manager: a folder with blanks, quotes and percent signs keeps its name") {
    const std::string text = all_of(unit_files({"/home/u", "/home/u/.config", "/opt/my \"50%\" bin"}));
    CHECK(text.find(R"(ExecStart="/opt/my \"50%%\" bin/mayla-daemon")") != std::string::npos);
}

TEST_CASE("manager: a folder that no definition can hold is refused") {
    CHECK_THROWS_AS(unit_files({"/home/u", "/home/u/.config", "/opt/two\nlines"}), Error);
}

TEST_CASE("program: an absent or stuck program is an answer, as in a shell") {
    const Finished absent = ask({"no-such-program-of-mayla"}, std::chrono::seconds(10));
    CHECK(absent.status == 127);
    CHECK(complaint(absent).find("no-such-program-of-mayla") != std::string::npos);
    CHECK(ask({"sleep", "60"}, std::chrono::milliseconds(50)).status == 124);
    CHECK(ask({"sh", "-c", "exit 3"}, std::chrono::seconds(10)).status == 3);
}

TEST_CASE("program: the complaint is the last line, standard error first") {
    Finished done;
    done.status = 1;
    CHECK(complaint(done) == "exit status 1");
    done.out = "first\nsecond\n";
    CHECK(complaint(done) == "second");
    done.err = "why\n\n";
    CHECK(complaint(done) == "why");
}

TEST_CASE("program: variables are added to ours") {
    CHECK(ask({"sh", "-c", "echo $MAYLA_TEST"}, std::chrono::seconds(10), {"MAYLA_TEST=yes"}).out == "yes\n");
}
