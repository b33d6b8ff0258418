#include "workspace/origin.hpp"

#include "base/text.hpp"

#include <filesystem>

namespace mayla::workspace {

namespace {

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool code =
            text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
        out += code ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
        if (code) i += 2;
    }
    return out;
}

/// Without repeated slashes, slashes at the ends and the suffix `.git`.
std::string tidy_path(std::string_view path) {
    std::string out;
    for (const char c : path)
        if (c != '/' || (!out.empty() && out.back() != '/')) out += c;
    while (out.ends_with('/')) out.pop_back();
    if (out.ends_with(".git")) out.resize(out.size() - 4);
    while (out.ends_with('/')) out.pop_back();
    return out;
}

std::string local(std::string_view path, const std::string& folder) {
    const std::filesystem::path full = std::filesystem::path(folder) / std::filesystem::path(path);
    return "/" + tidy_path(full.lexically_normal().string());
}

std::string remote(std::string_view host, std::string_view path) {
    if (host.empty()) return {};
    const std::string tidy = tidy_path(percent_decoded(path.substr(0, path.find_first_of("?#"))));
    return ascii_lower(std::string(host) + "/" + tidy);
}

/// The host in `user:password@host:port`.
std::string_view host_of(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) authority.remove_prefix(at + 1);
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1); // an IPv6 address
    return authority.substr(0, authority.find(':'));
}

} // namespace

std::string normalised_origin(std::string_view url, const std::string& folder) {
    url = trimmed(url);
    if (url.empty()) return {};
    const std::size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        const std::string name = ascii_lower(url.substr(0, scheme));
        std::string_view rest = url.substr(scheme + 3);
        std::size_t slash = rest.find('/');
        // An '@' behind the first slash may end a password with a slash in it, which must not be stored.
        const std::size_t at = rest.rfind('@');
        if (at != std::string_view::npos && slash != std::string_view::npos && at > slash &&
            rest.substr(0, slash).find(':') != std::string_view::npos) {
            rest.remove_prefix(at + 1);
            slash = rest.find('/');
        }
        if (slash == std::string_view::npos) return {};
        if (name == "file") return local(percent_decoded(rest.substr(slash)), folder);
        return remote(host_of(rest.substr(0, slash)), rest.substr(slash));
    }
    if (url.find("::") != std::string_view::npos && !url.starts_with('[') &&
        url.find("@[") == std::string_view::npos)
        return {}; // ext::command: what it leads to is not written in it
    // [user@]host:path, unless a slash comes first (git-clone(1), "GIT URLS")
    const std::size_t bracket = url.find("]:");
    const std::size_t colon = bracket == std::string_view::npos ? url.find(':') : bracket + 1;
    if (colon != std::string_view::npos && colon < url.find('/'))
        return remote(host_of(url.substr(0, colon)), url.substr(colon + 1));
    return local(url, folder);
}

std::string origin_name(std::string_view origin) {
    const std::size_t slash = origin.rfind('/');
    return std::string(slash == std::string_view::npos ? origin : origin.substr(slash + 1));
}

} // namespace mayla::workspace
