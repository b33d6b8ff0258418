#include "base/redact.hpp"

#include "support/catch.hpp"

#include <string>

using mayla::redact;

// The secrets are put together here, so that no scanner takes this file for a leak.
TEST_CASE("redact: the tokens of well-known services do not get through") {
    const std::string letters(40, 'a');
    for (const std::string& token :
         {"sk-" + letters, "sk-ant-api03-" + letters, "ghp_" + letters, "github_pat_" + letters,
          "glpat-" + letters, "xoxb-123-" + letters, "AKIA" + letters.substr(0, 16),
          "npm_" + letters.substr(0, 36), "eyJ" + letters + ".eyJ" + letters + "." + letters}) {
        INFO(token);
        const std::string out = redact("the key is " + token + ", keep it");
        CHECK(out.find(token) == std::string::npos);
        CHECK(out.find(letters) == std::string::npos);
        CHECK(out.find("[redacted: ") != std::string::npos);
        CHECK(out.substr(out.size() - 9) == ", keep it");
    }
}

TEST_CASE("redact: private parts, private keys, bearers and passwords in URLs") {
    CHECK(redact("a <private>x\ny</private> b") == "a [redacted: private] b");
    CHECK(redact("a <Private>no end") == "a [redacted: private]");
    CHECK(redact("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nz") ==
          "[redacted: private key]\nz");
    CHECK(redact("Authorization: Bearer abcdefgh12345678.z") ==
          "Authorization: Bearer [redacted: bearer token]");
    CHECK(redact("postgres://app:pass:w0rd@db/x") == "postgres://app:[redacted: password]@db/x");
}

TEST_CASE("redact: ordinary text stays as it is") {
    for (const std::string& text :
         {std::string("the task-runner uses sk-learn and a risk-based approach of many words"),
          std::string("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"),
          std::string("http://host:8080/path and user@host"), std::string("bearer of bad news"),
          std::string("std::string a::b::c(x)"), std::string("AKIA is a prefix"), std::string()})
        CHECK(redact(text) == text);
}

TEST_CASE("redact: a long text of beginnings of secrets is linear work") {
    std::string text;
    while (text.size() < (1u << 20)) text += "sk-eyJ-://a:";
    CHECK(redact(text) == text);
}
