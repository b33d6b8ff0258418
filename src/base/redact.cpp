#include "base/redact.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mayla {

namespace {

constexpr bool alnum(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool token_char(char c) noexcept { return alnum(c) || c == '_' || c == '-'; }
constexpr bool bearer_char(char c) noexcept {
    return token_char(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

/// A secret that is known by its beginning: at least `least` and at most `most` token characters follow.
struct Prefix {
    std::string_view text;
    std::size_t least;
    std::size_t most;
    std::string_view kind;
};
constexpr std::array prefixes{
    Prefix{"sk-ant-", 20, 512, "Anthropic key"}, Prefix{"sk_live_", 16, 256, "Stripe key"},
    Prefix{"sk_test_", 16, 256, "Stripe key"},   Prefix{"rk_live_", 16, 256, "Stripe key"},
    Prefix{"sk-", 20, 512, "API key"},           Prefix{"github_pat_", 22, 256, "GitHub token"},
    Prefix{"ghp_", 30, 256, "GitHub token"},     Prefix{"gho_", 30, 256, "GitHub token"},
    Prefix{"ghu_", 30, 256, "GitHub token"},     Prefix{"ghs_", 30, 512, "GitHub token"},
    Prefix{"ghr_", 30, 256, "GitHub token"},     Prefix{"glpat-", 20, 128, "GitLab token"},
    Prefix{"xoxb-", 20, 256, "Slack token"},     Prefix{"xoxp-", 20, 256, "Slack token"},
    Prefix{"xoxa-", 20, 256, "Slack token"},     Prefix{"xoxs-", 20, 256, "Slack token"},
    Prefix{"xapp-", 20, 256, "Slack token"},     Prefix{"AKIA", 16, 16, "AWS key"},
    Prefix{"ASIA", 16, 16, "AWS key"},           Prefix{"AIza", 35, 35, "Google key"},
    Prefix{"npm_", 36, 36, "npm token"},         Prefix{"pypi-", 50, 512, "PyPI token"},
    Prefix{"hf_", 30, 64, "Hugging Face token"}, Prefix{"dop_v1_", 64, 64, "DigitalOcean token"},
    Prefix{"SG.", 20, 128, "SendGrid key"},
};

struct Span {
    std::size_t length = 0; ///< 0: no secret here
    std::string_view kind;
};

template <class Is>
std::size_t run_of(std::string_view text, std::size_t from, Is is) {
    std::size_t end = from;
    while (end < text.size() && is(text[end])) ++end;
    return end - from;
}

Span prefixed(std::string_view rest) {
    for (const Prefix& prefix : prefixes) {
        if (!rest.starts_with(prefix.text)) continue;
        // one more than fits, so that "sk-sk-sk-…" costs no more than its length times a constant
        const std::size_t run =
            run_of(rest.substr(0, prefix.text.size() + prefix.most + 1), prefix.text.size(), token_char);
        if (run >= prefix.least && run <= prefix.most) return {prefix.text.size() + run, prefix.kind};
    }
    return {};
}

/// eyJ….….…: a JSON web token.
Span web_token(std::string_view rest) {
    if (!rest.starts_with("eyJ")) return {};
    rest = rest.substr(0, 16 << 10);
    std::size_t length = 0;
    for (int part = 0; part < 3; ++part) {
        const std::size_t run = run_of(rest, length, token_char);
        if (run < 8) return {};
        length += run;
        if (part == 2) break;
        if (length >= rest.size() || rest[length] != '.') return {};
        ++length;
    }
    return {length, "JSON web token"};
}

/// The credential of `Bearer …`; the word itself stays.
Span bearer(std::string_view text, std::size_t at) {
    constexpr std::string_view word = "bearer ";
    if (at < word.size() || ascii_lower(text.substr(at - word.size(), word.size())) != word) return {};
    const std::size_t run = run_of(text, at, bearer_char);
    return run >= 16 ? Span{run, "bearer token"} : Span{};
}

/// `secret` in `scheme://user:secret@host`, when `at` stands behind the colon of `user:`.
Span url_password(std::string_view text, std::size_t at) {
    if (at < 2 || text[at - 1] != ':') return {};
    const std::string_view before = text.substr(at > 256 ? at - 256 : 0, std::min<std::size_t>(at, 256));
    const std::size_t slashes = before.rfind("://");
    if (slashes == std::string_view::npos) return {};
    const std::string_view user = before.substr(slashes + 3, before.size() - 1 - (slashes + 3));
    if (slashes + 3 >= before.size() || user.find_first_of("/?#@ \t\r\n") != std::string_view::npos)
        return {};
    const auto in_password = [](char c) {
        return c != '@' && c != '/' && c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != '"' &&
               c != '\'';
    };
    const std::size_t run = run_of(text.substr(0, std::min(text.size(), at + 512)), at, in_password);
    if (run == 0 || at + run >= text.size() || text[at + run] != '@') return {};
    return {run, "password"};
}

/// From `-----BEGIN … PRIVATE KEY-----` to the end mark, or to the end of the text when that is missing.
Span private_key(std::string_view text, std::size_t at) {
    constexpr std::string_view begin = "-----BEGIN ";
    const std::string_view rest = text.substr(at);
    if (!rest.starts_with(begin)) return {};
    const std::string_view title = rest.substr(begin.size(), 64);
    const std::size_t key = title.find("PRIVATE KEY");
    if (key == std::string_view::npos || title.substr(0, key).find_first_of("-\n") != std::string_view::npos)
        return {};
    std::size_t end = rest.find("-----END ", begin.size());
    if (end == std::string_view::npos) return {rest.size(), "private key"};
    end = rest.find("-----", end + 9);
    return {end == std::string_view::npos ? rest.size() : end + 5, "private key"};
}

Span private_part(std::string_view text, std::size_t at) {
    constexpr std::string_view open = "<private>";
    constexpr std::string_view close = "</private>";
    if (ascii_lower(text.substr(at, open.size())) != open) return {};
    for (std::size_t i = text.find("</", at); i != std::string_view::npos; i = text.find("</", i + 2))
        if (ascii_lower(text.substr(i, close.size())) == close) return {i + close.size() - at, "private"};
    return {text.size() - at, "private"};
}

Span secret_at(std::string_view text, std::size_t at) {
    const char c = text[at];
    if (c == '<') return private_part(text, at);
    if (c == '-') return private_key(text, at);
    const char before = at == 0 ? ' ' : text[at - 1];
    if (before == ':')
        if (const Span password = url_password(text, at); password.length != 0) return password;
    if (before == ' ')
        if (const Span token = bearer(text, at); token.length != 0) return token;
    // a token is a word of its own, not the middle of one
    if (!alnum(c) || alnum(before) || before == '_') return {};
    if (const Span token = prefixed(text.substr(at)); token.length != 0) return token;
    return web_token(text.substr(at));
}

} // namespace

std::string redact(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Span secret = secret_at(text, at);
        if (secret.length == 0) {
            out += text[at++];
            continue;
        }
        out += "[redacted: ";
        out += secret.kind;
        out += ']';
        at += secret.length;
    }
    return out;
}

} // namespace mayla
