#include "base/error.hpp"
#include "base/uuid.hpp"
#include "workspace/projects.hpp"

#include "support/child.hpp"
#include "workspace_box.hpp"

#include <sys/stat.h>

using namespace mayla;
using namespace mayla::workspace;
using tests::Box;

TEST_CASE("project: looking leaves no trace, keeping marks the repository") {
    Box box;
    box.repository("w/repo");
    CHECK(box.found("w/repo").empty());
    CHECK(box.count("projects") == 0);
    CHECK_FALSE(std::filesystem::exists(box / "w/repo/.git/mayla-project"));
    const Project project = box.keep("w/repo");
    CHECK(is_uuid(project.uuid));
    CHECK(project.name == "repo");
    CHECK(project.path == box / "w/repo");
    CHECK(tests::read_file(box / "w/repo/.git/mayla-project") == project.uuid + "\n");
    CHECK(box.found("w/repo") == project.uuid);
    CHECK(box.git("w/repo", {"status", "--porcelain"}).empty());
}

TEST_CASE("project: in the steady state nothing is written and git is not run") {
    Box box;
    box.repository("w/repo");
    const Project project = box.keep("w/repo");
    box.restart();
    const std::string path = ::getenv("PATH");
    ::setenv("PATH", "/nowhere", 1); // no git any more
    const std::int64_t aliases = box.count("aliases");
    const auto before = std::filesystem::last_write_time(box / "w/repo/.git/mayla-project");
    const auto wal = std::filesystem::file_size(box / "a.db-wal");
    CHECK(box.keep("w/repo").uuid == project.uuid);
    CHECK(std::filesystem::file_size(box / "a.db-wal") == wal);
    CHECK(box.count("aliases") == aliases);
    CHECK(std::filesystem::last_write_time(box / "w/repo/.git/mayla-project") == before);
    ::setenv("PATH", path.c_str(), 1);
}

TEST_CASE("project: mv changes nothing") {
    Box box;
    box.repository("w/repo");
    const Project project = box.keep("w/repo");
    box.rename("w/repo", "w/moved");
    CHECK(box.found("w/moved") == project.uuid);
    CHECK(box.keep("w/moved").path == box / "w/moved");
    CHECK(box.count("projects") == 1);
}

TEST_CASE("project: a clone in the place of a lost one, or elsewhere, is the same project") {
    Box box;
    box.repository("w/upstream");
    box.git("w", {"clone", "-q", (box / "w/upstream").c_str(), "repo"});
    const Project project = box.keep("w/repo");
    CHECK(project.name == "upstream"); // as its origin calls it
    box.remove("w/repo");
    box.git("w", {"clone", "-q", (box / "w/upstream").c_str(), "again"});
    CHECK(box.found("w/again") == project.uuid);
    const Project adopted = box.keep("w/again");
    CHECK(adopted.uuid == project.uuid);
    CHECK(adopted.path == box / "w/again");
    CHECK(tests::read_file(box / "w/again/.git/mayla-project") == project.uuid + "\n");
}

TEST_CASE("project: two clones side by side are one project") {
    Box box;
    box.repository("w/upstream");
    for (const char* name : {"one", "two"}) box.git("w", {"clone", "-q", (box / "w/upstream").c_str(), name});
    const Project one = box.keep("w/one");
    const Project two = box.keep("w/two");
    CHECK(one.uuid == two.uuid);
    CHECK(two.path == box / "w/one"); // joined, not adopted
}

TEST_CASE("project: clones whose origins are spelled differently are one project") {
    Box box;
    box.repository("w/seed");
    for (const char* name : {"one", "two"}) {
        box.git("w", {"clone", "-q", (box / "w/seed").c_str(), name});
    }
    box.git("w/one", {"remote", "set-url", "origin", "https://user:secret@example.org/Team/app.git"});
    box.git("w/two", {"remote", "set-url", "origin", "git@example.org:team/app"});
    CHECK(box.keep("w/one").uuid == box.keep("w/two").uuid);
    box.writer.stop();
    CHECK(tests::read_file(box / "a.db").find("secret") == std::string::npos);
}

TEST_CASE("project: a fork is a project of its own, also in the place of the other") {
    Box box;
    box.repository("w/seed");
    for (const char* name : {"repo", "fork", "other"})
        box.git("w", {"clone", "-q", (box / "w/seed").c_str(), name});
    box.git("w/repo", {"remote", "set-url", "origin", "https://example.org/team/app"});
    box.git("w/fork", {"remote", "set-url", "origin", "https://example.org/me/app"});
    const Project original = box.keep("w/repo");
    const Project fork = box.keep("w/fork");
    CHECK(original.uuid != fork.uuid);
    box.git("w/other", {"remote", "set-url", "origin", "https://example.org/third/app"});
    box.remove("w/repo");
    box.rename("w/other", "w/repo");
    CHECK(box.found("w/repo").empty());
    CHECK(box.keep("w/repo").uuid != original.uuid);
    CHECK(box.found("w/fork") == fork.uuid);
}

TEST_CASE("project: another repository in the place of one is not taken for it") {
    Box box;
    box.repository("w/repo");
    const Project first = box.keep("w/repo");
    box.remove("w/repo");
    box.repository("w/repo");
    CHECK(box.keep("w/repo").uuid != first.uuid);
}

TEST_CASE("project: before the first commit, at it, and a new remote: the same") {
    Box box;
    std::filesystem::create_directories(box / "w/repo");
    const Project plain = box.keep("w/repo"); // no git yet
    box.git("w/repo", {"init", "-q"});
    CHECK(box.keep("w/repo").uuid == plain.uuid);
    box.commit("w/repo");
    CHECK(box.keep("w/repo").uuid == plain.uuid);
    box.git("w/repo", {"remote", "add", "origin", "https://example.org/a/b"});
    CHECK(box.keep("w/repo").uuid == plain.uuid);
    CHECK(box.count("projects") == 1);
    // and each of these states is an alias by which a clone is found
    box.git("w", {"clone", "-q", (box / "w/repo").c_str(), "clone"});
    box.git("w/clone", {"remote", "set-url", "origin", "https://example.org/a/b"});
    CHECK(box.found("w/clone") == plain.uuid);
}

TEST_CASE("project: a shallow clone's oldest commit is no root; unshallowed it stays what it was") {
    Box box;
    box.repository("w/upstream");
    for (int i = 0; i < 3; ++i) box.commit("w/upstream");
    box.git("w", {"clone", "-q", "--depth", "1", ("file://" + (box / "w/upstream")).c_str(), "shallow"});
    const Project project = box.keep("w/shallow");
    {
        store::Lease lease = box.readers.lease(Deadline::never());
        CHECK_FALSE(lease.prepare("SELECT 1 FROM aliases WHERE kind = 'history'").step());
    }
    box.git("w/shallow", {"fetch", "-q", "--unshallow"});
    CHECK(box.keep("w/shallow").uuid == project.uuid);
    box.git("w", {"clone", "-q", ("file://" + (box / "w/upstream")).c_str(), "whole"});
    CHECK(box.keep("w/whole").uuid == project.uuid); // known by its history from now on
}

TEST_CASE("project: worktrees share it, and leave no trace when they go") {
    Box box;
    box.repository("w/repo");
    const Project project = box.keep("w/repo");
    box.git("w/repo", {"worktree", "add", "-q", (box / "w/tree").c_str()});
    CHECK(box.keep("w/tree").uuid == project.uuid);
    CHECK(box.keep("w/tree").path == box / "w/repo");
    box.git("w/repo", {"worktree", "remove", (box / "w/tree").c_str()});
    std::filesystem::create_directories(box / "w/tree");
    CHECK(box.found("w/tree").empty());
    CHECK(box.found("w/repo") == project.uuid);
}

TEST_CASE("project: a worktree first, the main one later") {
    Box box;
    box.repository("w/repo");
    box.git("w/repo", {"worktree", "add", "-q", (box / "w/tree").c_str()});
    const Project project = box.keep("w/tree");
    CHECK(project.name == "repo");
    CHECK(box.keep("w/repo").uuid == project.uuid);
}

TEST_CASE("project: a submodule is one, and searches its superproject too") {
    Box box;
    box.repository("w/library");
    box.repository("w/app");
    box.git("w/app", {"submodule", "--quiet", "add", (box / "w/library").c_str(), "lib"});
    box.git("w/app", {"commit", "-q", "-m", "add"});
    const Project app = box.keep("w/app");
    const Match before = box.look("w/app/lib");
    CHECK_FALSE(before.project);
    REQUIRE(before.parents.size() == 1);
    CHECK(before.parents[0].uuid == app.uuid);
    const Project library = box.keep("w/app/lib");
    CHECK(library.uuid != app.uuid);
    CHECK(box.look("w/app/lib").project->uuid == library.uuid);
    CHECK(box.look("w/app").parents.empty());
    box.repository("w/app/stranger"); // a repository inside of another that is no submodule of it
    CHECK(box.look("w/app/stranger").parents.empty());
    // and in a linked worktree of the superproject
    box.git("w/app", {"worktree", "add", "-q", (box / "w/tree").c_str()});
    box.git("w/tree", {"submodule", "--quiet", "update", "--init"});
    CHECK(box.keep("w/tree/lib").uuid == library.uuid);
    REQUIRE(box.look("w/tree/lib").parents.size() == 1);
    CHECK(box.look("w/tree/lib").parents[0].uuid == app.uuid);
}

TEST_CASE("project: a repository that cannot be written is found all the same") {
    Box box(false);
    box.repository("w/repo");
    CHECK(tests::as_nobody(box.folder.path().c_str(), [&] {
              box.writer.start();
              if (::chmod((box / "w/repo/.git").c_str(), 0500) != 0) return false;
              const Project project = box.keep("w/repo");
              if (std::filesystem::exists(box / "w/repo/.git/mayla-project")) return false;
              if (box.keep("w/repo").uuid != project.uuid || box.found("w/repo") != project.uuid)
                  return false;
              ::chmod((box / "w/repo/.git").c_str(), 0700);
              box.rename("w/repo", "w/moved"); // by its history
              return box.keep("w/moved").uuid == project.uuid &&
                     tests::read_file(box / "w/moved/.git/mayla-project") == project.uuid + "\n";
          }) == 0);
}

TEST_CASE("project: a marker that holds something else is left alone") {
    Box box;
    for (const std::string& content : {std::string(), std::string("not a uuid\n"), std::string(100'000, 'x'),
                                       std::string("\xFF\0\n", 3)}) {
        box.repository("w/repo");
        tests::write_file(box / "w/repo/.git/mayla-project", content);
        const Project project = box.keep("w/repo");
        CHECK(is_uuid(project.uuid));
        CHECK(tests::read_file(box / "w/repo/.git/mayla-project") == content);
        CHECK(box.found("w/repo") == project.uuid);
        box.remove("w/repo");
    }
}

TEST_CASE("project: the marker outlives the database") {
    Box box;
    box.repository("w/repo");
    const std::string uuid = random_uuid();
    tests::write_file(box / "w/repo/.git/mayla-project", uuid + "\r\n");
    CHECK(box.keep("w/repo").uuid == uuid);
}

TEST_CASE("project: without git it is the path, and home has one for memory") {
    Box box;
    std::filesystem::create_directories(box / "w/notes");
    const Project notes = box.keep("w/notes");
    CHECK(box.keep("w/notes").uuid == notes.uuid);
    CHECK(box.found("w").empty());
    box.repository("home"); // dotfiles
    const Project home = box.keep("home");
    CHECK(home.path == box / "home");
    CHECK_FALSE(std::filesystem::exists(box / "home/.git/mayla-project"));
    CHECK(box.found("home") == home.uuid);
    std::filesystem::create_directories(box / "home/x");
    CHECK(box.found("home/x").empty());
}

TEST_CASE("project: a bare repository and its clones") {
    Box box;
    box.repository("w/seed");
    box.git("w", {"clone", "-q", "--bare", (box / "w/seed").c_str(), "app.git"});
    const Project bare = box.keep("w/app.git");
    CHECK(box.found("w/app.git") == bare.uuid);
    box.git("w/app.git", {"worktree", "add", "-q", (box / "w/tree").c_str()});
    CHECK(box.keep("w/tree").uuid == bare.uuid);
}

TEST_CASE("project: a symlinked path is the same root") {
    Box box;
    box.repository("w/repo");
    const Project project = box.keep("w/repo");
    std::filesystem::create_directory_symlink(box / "w/repo", box / "w/link");
    CHECK(box.keep("w/link").uuid == project.uuid);
    CHECK(box.count("projects") == 1);
}

TEST_CASE("project: by what it is called") {
    Box box;
    box.repository("w/alpha");
    box.repository("w/Beta");
    box.repository("w/x/twin");
    box.repository("w/y/twin");
    const Project alpha = box.keep("w/alpha");
    const Project beta = box.keep("w/Beta");
    const Project twin = box.keep("w/x/twin");
    box.keep("w/y/twin");
    store::Lease lease = box.readers.lease(Deadline::never());
    CHECK(Projects::named(lease, "alpha").uuid == alpha.uuid);
    CHECK(Projects::named(lease, "beta").uuid == beta.uuid);
    CHECK(Projects::named(lease, beta.uuid).uuid == beta.uuid);
    CHECK(Projects::named(lease, (box / "w/x/twin") + "/").uuid == twin.uuid);
    const auto error = [&](const char* text) {
        try {
            Projects::named(lease, text);
        } catch (const Error& e) {
            return e;
        }
        return Error(Code::internal, "");
    };
    CHECK(error("twin").code() == Code::conflict);
    CHECK(error("twin").message().find(box / "w/y/twin") != std::string::npos);
    CHECK(error("alhpa").code() == Code::not_found);
    CHECK(error("alhpa").message().find("'alpha'") != std::string::npos);
    std::vector<std::string> names;
    for (const Project& project : Projects::list(lease)) names.push_back(project.name);
    CHECK(names == std::vector<std::string>{"alpha", "Beta", "twin", "twin"});
}
