#pragma once

#include "base/process.hpp"
#include "store/calls.hpp"
#include "store/writer.hpp"
#include "workspace/projects.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace mayla::tests {

/// A home, a database and the real git.
class Box {
public:
    Box() : Box(true) {}
    explicit Box(bool open) {
        ::setenv("HOME", (folder / "home").c_str(), 1);
        ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
        ::setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
        for (const char* name : {"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"}) ::setenv(name, "Somebody", 1);
        for (const char* name : {"GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"})
            ::setenv(name, "somebody@example.org", 1);
        std::filesystem::create_directories(folder / "home");
        std::filesystem::create_directories(folder / "w");
        if (open) writer.start();
    }

    /// The path of something in the box.
    std::string operator/(const std::string& name) const { return folder / name; }

    std::string git(const std::string& at, std::initializer_list<const char*> arguments) const {
        Command command;
        command.argv = {
            "git", "-C", folder / at, "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"};
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        const Finished finished = run(command);
        INFO("git: " << finished.err);
        REQUIRE(finished.status == 0);
        return finished.out;
    }
    /// A repository with one commit, unlike any other's.
    void repository(const std::string& at) {
        std::filesystem::create_directories(folder / at);
        git(at, {"init", "-q"});
        commit(at);
    }
    void commit(const std::string& at) {
        write_file(folder / (at + "/file"), std::to_string(++commits_));
        git(at, {"add", "-A"});
        git(at, {"commit", "-q", "-m", std::to_string(commits_).c_str()});
    }
    void rename(const std::string& from, const std::string& to) const {
        std::filesystem::rename(folder / from, folder / to);
    }
    void remove(const std::string& at) const { std::filesystem::remove_all(folder / at); }

    /// What a write at `at` belongs to.
    workspace::Project keep(const std::string& at) {
        const workspace::Root root = workspace::root_of(folder / at);
        const workspace::Identity identity =
            projects.identify(root, workspace::Projects::Intent::keep, Deadline::never());
        workspace::Project project;
        writer.run([&](store::Transaction& t) { project = workspace::Projects::resolve(identity, t); });
        return project;
    }
    /// What a search at `at` covers.
    workspace::Match look(const std::string& at) {
        const workspace::Root root = workspace::root_of(folder / at);
        const workspace::Identity identity =
            projects.identify(root, workspace::Projects::Intent::look, Deadline::never());
        store::Lease lease = readers.lease(Deadline::never());
        return workspace::Projects::find(identity, lease);
    }
    /// The uuid that a search at `at` finds; empty when it finds none.
    std::string found(const std::string& at) {
        const workspace::Match match = look(at);
        return match.project ? match.project->uuid : std::string();
    }
    /// As after a restart of the daemon: nothing is remembered but what is in the database.
    void restart() { projects_.emplace(readers); }
    std::int64_t count(const std::string& table) {
        store::Lease lease = readers.lease(Deadline::never());
        store::Statement query = lease.prepare("SELECT count(*) FROM " + table);
        query.step();
        return query.integer(0);
    }

    Folder folder;
    store::Definition definition{folder / "a.db", {{store::calls::schema_1(), workspace::schema_1()}}};
    store::Readers readers{definition};
    store::Writer writer{definition, readers, {.own_thread = false}};

private:
    int commits_ = 0;
    std::optional<workspace::Projects> projects_{std::in_place, readers};

public:
    workspace::Projects& projects = *projects_;
};

} // namespace mayla::tests
