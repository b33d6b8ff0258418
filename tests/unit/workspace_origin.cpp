#include "workspace/git_config.hpp"
#include "workspace/origin.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace mayla::workspace;

TEST_CASE("origin: all spellings of one repository are one") {
    for (const char* url :
         {"https://github.com/Owner/repo.git", "https://github.com/owner/repo",
          "http://github.com/owner/repo/", "https://user@github.com/owner/repo.git",
          "https://user:secret@github.com:443/owner/repo.git/", "git@github.com:owner/repo.git",
          "github.com:owner/repo", "git@GitHub.com:/owner/repo", "ssh://git@github.com/owner/repo.git",
          "ssh://git@github.com:22/owner//repo", "git://github.com:9418/owner/repo.git",
          "git+ssh://github.com/owner/repo", "  https://github.com/owner/repo.git?token=abc  ",
          "https://github.com/owner/%72epo"}) {
        INFO(url);
        CHECK(normalised_origin(url, "/r") == "github.com/owner/repo");
    }
    CHECK(origin_name("github.com/owner/repo") == "repo");
}

TEST_CASE("origin: credentials are never kept") {
    for (const char* url :
         {"https://user:secret@h.org/a/b", "https://secret@h.org/a/b", "https://user:sec@ret@h.org/a/b",
          "https://user:sec/ret@h.org/a/b", "ssh://secret:x@h.org:22/a/b", "https://h.org/a/b?key=secret",
          "https://h.org/a/b#secret", "secret@h.org:a/b"}) {
        INFO(url);
        CHECK(normalised_origin(url, "/r") == "h.org/a/b");
    }
}

TEST_CASE("origin: folders, and what says nothing") {
    CHECK(normalised_origin("/srv/git/Repo.git", "/r") == "/srv/git/Repo");
    CHECK(normalised_origin("/srv/git/Repo/.git/", "/r") == "/srv/git/Repo");
    CHECK(normalised_origin("file:///srv/git/Repo.git", "/r") == "/srv/git/Repo");
    CHECK(normalised_origin("../other", "/w/repo") == "/w/other");
    CHECK(normalised_origin("", "/r").empty());
    CHECK(normalised_origin("ext::sh -c evil", "/r").empty());
    CHECK(normalised_origin("https://", "/r").empty());
    CHECK(normalised_origin("ssh://git@[2001:db8::1]:22/a/b", "/r") == "[2001:db8::1]/a/b");
}

TEST_CASE("git config: the syntax of git-config(1)") {
    std::vector<std::string> seen;
    const auto each = [&](std::string_view section, std::string_view subsection, std::string_view key,
                          std::string_view value) {
        seen.push_back(std::string(section) + "|" + std::string(subsection) + "|" + std::string(key) + "|" +
                       std::string(value));
    };
    read_git_config("; comment\n[Core]\n\tbare = false # no\n\tflag\n[remote \"Ori\\\"gin\"] url = a b  \n"
                    "x = \"q # \\\" z \" tail\\\n  more\n[a.b]\nk=v;c\n[broken\nurl = lost",
                    each);
    CHECK(seen == std::vector<std::string>{"core||bare|false", "remote|Ori\"gin|url|a b",
                                           "remote|Ori\"gin|x|q # \" z  tail  more", "a.b||k|v",
                                           "broken||url|lost"});
    seen.clear();
    for (const char* text :
         {"", "[", "[a \"", "[a]\nk", "[a]\nk=", "[a]\nk=\\", "[a]\nk=\"", "=\n=", "\xFF\xFE"})
        read_git_config(text, each); // none of them hangs or reads too far
}
