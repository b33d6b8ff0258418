#include "base/error.hpp"
#include "workspace/root.hpp"

#include "workspace_box.hpp"

using namespace mayla;
using namespace mayla::workspace;
using tests::Box;

TEST_CASE("root: the top of the git work tree, from any depth and from a file") {
    Box box;
    box.repository("w/repo");
    tests::write_file(box / "w/repo/a/b/c.txt", "x");
    for (const char* at : {"w/repo", "w/repo/a/b", "w/repo/a/b/c.txt", "w/repo/.git", "w/repo/.git/hooks",
                           "w/repo/a/./../a"}) {
        INFO(at);
        const Root root = root_of(box / at);
        CHECK(root.path == box / "w/repo");
        CHECK(root.kind == Root::Kind::git);
        CHECK_FALSE(root.memory_only);
    }
}

TEST_CASE("root: each linked worktree is its own, a nested repository too") {
    Box box;
    box.repository("w/repo");
    box.git("w/repo", {"worktree", "add", "-q", (box / "w/tree").c_str()});
    CHECK(root_of(box / "w/tree").path == box / "w/tree");
    CHECK(root_of(box / "w/tree").kind == Root::Kind::git);
    box.repository("w/repo/inner");
    CHECK(root_of(box / "w/repo/inner").path == box / "w/repo/inner");
}

TEST_CASE("root: a bare repository is its own root") {
    Box box;
    box.git("w", {"init", "-q", "--bare", "bare.git"});
    CHECK(root_of(box / "w/bare.git").path == box / "w/bare.git");
    CHECK(root_of(box / "w/bare.git/hooks").path == box / "w/bare.git");
    CHECK(root_of(box / "w/bare.git").kind == Root::Kind::git);
}

TEST_CASE("root: without git the nearest project file, else the directory") {
    Box box;
    tests::write_file(box / "w/app/package.json", "{}");
    tests::write_file(box / "w/app/src/x/y.js", "");
    CHECK(root_of(box / "w/app/src/x").path == box / "w/app");
    CHECK(root_of(box / "w/app/src/x").kind == Root::Kind::marker);
    tests::write_file(box / "w/app/packages/one/Cargo.toml", "");
    CHECK(root_of(box / "w/app/packages/one").path == box / "w/app/packages/one");
    std::filesystem::create_directories(box / "w/plain/deep");
    CHECK(root_of(box / "w/plain/deep").path == box / "w/plain/deep");
    CHECK(root_of(box / "w/plain/deep").kind == Root::Kind::plain);
}

TEST_CASE("root: git comes before a nearer project file") {
    Box box;
    box.repository("w/repo");
    tests::write_file(box / "w/repo/sub/package.json", "{}");
    CHECK(root_of(box / "w/repo/sub").path == box / "w/repo");
}

TEST_CASE("root: home, what is above it and / hold memories only") {
    Box box;
    for (const std::string& at : {std::string("/"), box / "home", box / ""}) {
        INFO(at);
        CHECK(root_of(at).memory_only);
        CHECK(root_of(at).kind == Root::Kind::plain);
    }
    CHECK(root_of(box / "home").path == box / "home");
    CHECK_FALSE(root_of(box / "w").memory_only);
}

TEST_CASE("root: a dotfiles repository in home takes nothing in") {
    Box box;
    box.repository("home");
    tests::write_file(box / "home/Makefile", "");
    std::filesystem::create_directories(box / "home/notes/today");
    CHECK(root_of(box / "home").memory_only);
    CHECK(root_of(box / "home").kind == Root::Kind::plain);
    CHECK(root_of(box / "home/notes/today").path == box / "home/notes/today");
    CHECK(root_of(box / "home/notes/today").kind == Root::Kind::plain);
    CHECK_FALSE(root_of(box / "home/notes/today").memory_only);
    box.repository("home/code");
    CHECK(root_of(box / "home/code").path == box / "home/code");
}

TEST_CASE("root: symlinks are resolved, a path that is gone counts as what is left of it") {
    Box box;
    box.repository("w/repo");
    std::filesystem::create_directory_symlink(box / "w/repo", box / "w/link");
    CHECK(root_of(box / "w/link").path == box / "w/repo");
    CHECK(root_of(box / "w/link/gone/too").path == box / "w/repo");
    CHECK(root_of(box / "w/nothing/here").path == box / "w");
    std::filesystem::create_directory_symlink(box / "home", box / "w/casa");
    CHECK(root_of(box / "w/casa").memory_only);
}

TEST_CASE("root: a .git that leads nowhere is no repository") {
    Box box;
    tests::write_file(box / "w/a/.git", "gitdir: /nowhere/at/all\n");
    CHECK(root_of(box / "w/a").kind == Root::Kind::plain);
    std::filesystem::create_directories(box / "w/b/.git");
    CHECK(root_of(box / "w/b").kind == Root::Kind::plain);
    tests::write_file(box / "w/c/.git", std::string(100, '\xFF'));
    CHECK(root_of(box / "w/c").kind == Root::Kind::plain);
}

TEST_CASE("root: a relative path is refused") {
    for (const std::string& path :
         {std::string(), std::string("w/repo"), std::string("~/x"), std::string("/a\0b", 4)})
        CHECK_THROWS_AS(root_of(path), Error);
}
