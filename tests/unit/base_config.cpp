#include "base/config.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace mayla;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path;
    Folder() {
        char name[] = "/tmp/mayla-config-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
    std::string file(const std::string& text) const {
        const std::string name = (path / "config.toml").string();
        std::ofstream(name) << text;
        return name;
    }
};

std::string failure(const std::string& file) {
    try {
        read_config(file);
    } catch (const Error& error) {
        CHECK(error.code() == Code::invalid_argument);
        return error.message();
    }
    return "";
}

using Catch::Matchers::Contains;

} // namespace

TEST_CASE("config: without a file, and for what it leaves out, the defaults hold") {
    const Folder folder;
    CHECK(read_config((folder.path / "none.toml").string()).security.namespaces == Config::Namespaces::same);
    CHECK(read_config(folder.file("")).security.namespaces == Config::Namespaces::same);
    CHECK(read_config(folder.file("[security]\nnamespaces = \"any\"\n")).security.namespaces ==
          Config::Namespaces::any);
}

TEST_CASE("config: an unknown key, a wrong value and a broken file name the line") {
    const Folder folder;
    CHECK_THAT(failure(folder.file("\n[securty]\n")),
               Contains("line 2") && Contains("did you mean 'security'"));
    CHECK_THAT(failure(folder.file("[security]\nnamespace = \"any\"\n")),
               Contains("line 2") && Contains("did you mean 'security.namespaces'"));
    CHECK_THAT(failure(folder.file("[security]\nnamespaces = 1\n")), Contains("\"same\" or \"any\""));
    CHECK_THAT(failure(folder.file("security = 1\n")), Contains("must be a section"));
    CHECK_THAT(failure(folder.file("[security\n")), Contains("line 1"));
}

TEST_CASE("log: writes a file with one line a message, and goes on without one where it cannot") {
    const Folder folder;
    {
        Log log((folder.path / "state").string());
        log.info("first");
        log.info("second");
        CHECK(log.path() == (folder.path / "state/daemon.log").string());
    }
    std::stringstream text;
    text << std::ifstream((folder.path / "state/daemon.log").string()).rdbuf();
    CHECK_THAT(text.str(), Contains(" info first\n") && Contains(" info second\n"));
    std::ofstream(folder.path / "file") << "not a folder";
    Log log((folder.path / "file").string());
    CHECK(log.path().empty());
    log.info("goes nowhere, without harm");
}
