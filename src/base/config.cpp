#include "base/config.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <string_view>

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace mayla {

namespace {

using Names = std::span<const std::string_view>;

class Reader {
public:
    explicit Reader(const std::string& path) : path_(path), root_(toml::parse_file(path)) {}

    Config read() const {
        static constexpr std::array<std::string_view, 1> sections{"security"};
        static constexpr std::array<std::string_view, 1> security_keys{"namespaces"};
        only(root_, sections, "");
        Config config;
        if (const toml::node* node = root_.get("security")) {
            const toml::table* table = node->as_table();
            if (!table) refuse(*node, "[security] must be a section");
            only(*table, security_keys, "security.");
            if (const toml::node* value = table->get("namespaces"))
                config.security.namespaces = namespaces(*value);
        }
        return config;
    }

private:
    [[noreturn]] void refuse(const toml::node& node, const std::string& message) const {
        throw Error(Code::invalid_argument,
                    path_ + ", line " + std::to_string(node.source().begin.line) + ": " + message);
    }

    void only(const toml::table& table, Names known, const std::string& prefix) const {
        for (const auto& [key, node] : table) {
            const std::string_view name = key.str();
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            std::string message = "unknown key '" + prefix + shown_line(name) + "'";
            if (const auto near = nearest(name, known))
                message += "; did you mean '" + prefix + std::string(*near) + "'?";
            refuse(node, message);
        }
    }

    Config::Namespaces namespaces(const toml::node& value) const {
        const std::string text = value.value_or(std::string());
        if (text == "same") return Config::Namespaces::same;
        if (text == "any") return Config::Namespaces::any;
        refuse(value, "security.namespaces must be \"same\" or \"any\"");
    }

    std::string path_;
    toml::table root_;
};

} // namespace

Config read_config(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::exists(path, failed)) return {};
    try {
        return Reader(path).read();
    } catch (const toml::parse_error& error) { // the library's own kind of failure becomes ours
        throw Error(Code::invalid_argument, path + ", line " + std::to_string(error.source().begin.line) +
                                                ": " + std::string(error.description()));
    }
}

} // namespace mayla
