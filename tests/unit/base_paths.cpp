#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/paths.hpp"

#include "support/catch.hpp"

#include <cstdlib>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

using namespace mayla;

namespace {

Environment with(std::map<std::string, std::string> variables) {
    return [variables](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
}

const std::string by_uid = "/run/user/" + std::to_string(::getuid()) + "/mayla/daemon.sock";

} // namespace

TEST_CASE("paths: the folders stand below the home unless XDG names others") {
    CHECK(data_folder(with({{"HOME", "/h/"}})) == "/h/.local/share/mayla");
    CHECK(state_folder(with({{"HOME", "/h"}})) == "/h/.local/state/mayla");
    CHECK(cache_folder(with({{"HOME", "/h"}})) == "/h/.cache/mayla");
    CHECK(config_folder(with({{"HOME", "/h"}})) == "/h/.config/mayla");
    CHECK(data_folder(with({{"HOME", "/h"}, {"XDG_DATA_HOME", "/d"}})) == "/d/mayla");
    CHECK(data_folder(with({{"HOME", "/"}})) == "/.local/share/mayla");
}

TEST_CASE("paths: a relative or empty XDG value counts as not set") {
    CHECK(data_folder(with({{"HOME", "/h"}, {"XDG_DATA_HOME", "d"}})) == "/h/.local/share/mayla");
    CHECK(data_folder(with({{"HOME", "/h"}, {"XDG_DATA_HOME", ""}})) == "/h/.local/share/mayla");
    CHECK(socket_paths(with({{"HOME", "/h"}, {"XDG_RUNTIME_DIR", "run"}})).usable.front() == by_uid);
}

TEST_CASE("paths: without HOME the user database is asked") {
    const auto home = home_folder(with({}));
    if (home) CHECK(home->front() == '/');
    CHECK(home_folder(with({{"HOME", "not/absolute"}})) == home);
}

TEST_CASE("paths: the socket is looked for in three places, in order") {
    const SocketPaths paths = socket_paths(with({{"HOME", "/h"}, {"XDG_RUNTIME_DIR", "/r"}}));
    CHECK(paths.usable ==
          std::vector<std::string>{"/r/mayla/daemon.sock", by_uid, "/h/.mayla/run/mayla.sock"});
    CHECK(paths.too_long.empty());
    const std::string own = "/run/user/" + std::to_string(::getuid());
    CHECK(socket_paths(with({{"HOME", "/h"}, {"XDG_RUNTIME_DIR", own}})).usable.size() == 2);
}

TEST_CASE("paths: a socket path that no socket can have is set apart") {
    const std::string longest(limits::socket_path_bytes - std::string("//mayla/daemon.sock").size(), 'r');
    CHECK(socket_paths(with({{"HOME", "/h"}, {"XDG_RUNTIME_DIR", "/" + longest}})).too_long.empty());
    const SocketPaths paths = socket_paths(with({{"HOME", "/h"}, {"XDG_RUNTIME_DIR", "/r" + longest}}));
    CHECK(paths.too_long == std::vector<std::string>{"/r" + longest + "/mayla/daemon.sock"});
    CHECK(paths.usable.size() == 2);
}

TEST_CASE("paths: folders are made for their owner only, and made once") {
    char pattern[] = "/tmp/mayla-paths-XXXXXX";
    const std::string top = ::mkdtemp(pattern);
    make_folders(top + "/a/b");
    make_folders(top + "/a/b");
    struct stat s {};
    REQUIRE(::stat((top + "/a/b").c_str(), &s) == 0);
    CHECK((s.st_mode & 0777) == 0700);
    CHECK(parent_folder(top + "/a/b") == top + "/a");
    CHECK(parent_folder("/x") == "/");
    CHECK(parent_folder("x") == ".");
    CHECK_THROWS_AS(make_folders("/dev/null/x"), Error);
    ::rmdir((top + "/a/b").c_str());
    ::rmdir((top + "/a").c_str());
    ::rmdir(top.c_str());
}
