#pragma once

#include "mcp/call.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace mayla::mcp {

using Json = nlohmann::json;

/// Values that an argument may have; none: any.
using Choices = std::initializer_list<std::string_view>;

// An argument struct has one member function template
//
//     template <class V> void fields(V& v) {
//         v.required("text", text, "what to keep");
//         v.optional("scope", scope, "whose it is", {"project", "user"});
//     }
//
// from which both the parser and the JSON schema are made: they cannot tell different stories. Members are
// std::string, std::int64_t, bool, std::vector<std::string>, or std::optional of one of them.

/// Fills a struct from a JSON object. Throws Error{invalid_argument} that names the tool, the argument, what
/// it takes, and for an unknown name the nearest one.
class ArgumentReader {
public:
    ArgumentReader(std::string_view tool, const Json& object);

    template <class T>
    void required(std::string_view name, T& member, std::string_view doc, Choices choices = {}) {
        const Json* value = find(name);
        if (!value) missing(name, doc);
        read(name, *value, member, choices);
    }
    template <class T>
    void optional(std::string_view name, T& member, std::string_view, Choices choices = {}) {
        if (const Json* value = find(name); value && !value->is_null()) read(name, *value, member, choices);
    }
    /// After all fields: refuses what no field has asked for.
    void finish() const;

private:
    const Json* find(std::string_view name);
    [[noreturn]] void missing(std::string_view name, std::string_view doc) const;
    void read(std::string_view name, const Json& value, std::string& out, Choices) const;
    void read(std::string_view name, const Json& value, std::int64_t& out, Choices) const;
    void read(std::string_view name, const Json& value, bool& out, Choices) const;
    void read(std::string_view name, const Json& value, std::vector<std::string>& out, Choices) const;
    template <class T>
    void read(std::string_view name, const Json& value, std::optional<T>& out, Choices choices) const {
        read(name, value, out.emplace(), choices);
    }

    std::string_view tool_;
    const Json& object_;
    std::vector<std::string_view> names_;
};

/// Writes the JSON Schema (2020-12) of a struct. Members stand in the order of fields().
class SchemaWriter {
public:
    template <class T>
    void required(std::string_view name, T& member, std::string_view doc, Choices choices = {}) {
        required_.push_back(std::string(name));
        property(name, type_of(member), doc, choices);
    }
    template <class T>
    void optional(std::string_view name, T& member, std::string_view doc, Choices choices = {}) {
        property(name, type_of(member), doc, choices);
    }
    /// The schema as JSON text.
    std::string text() const;

private:
    static std::string_view type_of(const std::string&) { return "string"; }
    static std::string_view type_of(const std::int64_t&) { return "integer"; }
    static std::string_view type_of(const bool&) { return "boolean"; }
    static std::string_view type_of(const std::vector<std::string>&) { return "array"; }
    template <class T>
    static std::string_view type_of(const std::optional<T>&) {
        return type_of(T());
    }
    void property(std::string_view name, std::string_view type, std::string_view doc, Choices choices);

    nlohmann::ordered_json properties_ = nlohmann::ordered_json::object();
    std::vector<std::string> required_;
};

template <class Arguments>
Arguments read_arguments(std::string_view tool, const Json& object) {
    Arguments arguments;
    ArgumentReader reader(tool, object);
    arguments.fields(reader);
    reader.finish();
    return arguments;
}

template <class Arguments>
std::string schema_of() {
    Arguments arguments;
    SchemaWriter writer;
    arguments.fields(writer);
    return writer.text();
}

} // namespace mayla::mcp
