#include "mcp/arguments.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace mayla::mcp {

namespace {

std::string joined(const auto& names) {
    std::string all;
    for (const auto& name : names) {
        if (!all.empty()) all += ", ";
        all += name;
    }
    return all;
}

[[noreturn]] void refuse(std::string message) { throw Error(Code::invalid_argument, std::move(message)); }

std::string_view json_type(const Json& value) {
    if (value.is_number_integer()) return "an integer";
    if (value.is_number()) return "a fraction";
    if (value.is_string()) return "a string";
    if (value.is_boolean()) return "a boolean";
    if (value.is_array()) return "an array";
    if (value.is_object()) return "an object";
    return "null";
}

[[noreturn]] void wrong_type(std::string_view tool, std::string_view name, std::string_view wanted,
                             const Json& value) {
    refuse(std::string(tool) + ": '" + std::string(name) + "' must be " + std::string(wanted) + ", not " +
           std::string(json_type(value)));
}

} // namespace

ArgumentReader::ArgumentReader(std::string_view tool, const Json& object) : tool_(tool), object_(object) {
    if (!object.is_object() && !object.is_null())
        refuse(std::string(tool) + ": 'arguments' must be an object, not " + std::string(json_type(object)));
}

const Json* ArgumentReader::find(std::string_view name) {
    names_.push_back(name);
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
}

void ArgumentReader::missing(std::string_view name, std::string_view doc) const {
    refuse(std::string(tool_) + ": '" + std::string(name) + "' is missing: " + std::string(doc));
}

void ArgumentReader::finish() const {
    if (!object_.is_object()) return;
    for (const auto& [name, value] : object_.items()) {
        if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
        std::string message = std::string(tool_) + ": unknown argument '" + shown_line(cut(name, 80)) + "'";
        if (const auto near = nearest(name, names_))
            message += "; did you mean '" + std::string(*near) + "'?";
        refuse(message + (names_.empty() ? " It takes none." : " It takes: " + joined(names_) + "."));
    }
}

void ArgumentReader::read(std::string_view name, const Json& value, std::string& out, Choices choices) const {
    if (!value.is_string()) wrong_type(tool_, name, "a string", value);
    out = value.get<std::string>();
    if (choices.size() == 0 || std::find(choices.begin(), choices.end(), out) != choices.end()) return;
    std::string message =
        std::string(tool_) + ": '" + std::string(name) + "' cannot be '" + shown_line(cut(out, 80)) + "'";
    const std::vector<std::string_view> all(choices);
    if (const auto near = nearest(out, all)) message += "; did you mean '" + std::string(*near) + "'?";
    refuse(message + " It is one of: " + joined(choices) + ".");
}

void ArgumentReader::read(std::string_view name, const Json& value, std::int64_t& out, Choices) const {
    const bool fits = value.is_number_integer() &&
                      !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX});
    if (!fits) wrong_type(tool_, name, "an integer", value);
    out = value.get<std::int64_t>();
}

void ArgumentReader::read(std::string_view name, const Json& value, bool& out, Choices) const {
    if (!value.is_boolean()) wrong_type(tool_, name, "true or false", value);
    out = value.get<bool>();
}

void ArgumentReader::read(std::string_view name, const Json& value, std::vector<std::string>& out,
                          Choices choices) const {
    if (!value.is_array()) wrong_type(tool_, name, "an array of strings", value);
    out.clear();
    for (const Json& item : value) read(name, item, out.emplace_back(), choices);
}

void SchemaWriter::property(std::string_view name, std::string_view type, std::string_view doc,
                            Choices choices) {
    nlohmann::ordered_json schema;
    schema["type"] = type;
    if (!doc.empty()) schema["description"] = doc;
    nlohmann::ordered_json& leaf = type == "array" ? schema["items"] : schema;
    if (type == "array") leaf["type"] = "string";
    if (choices.size() > 0) leaf["enum"] = std::vector<std::string>(choices.begin(), choices.end());
    properties_[std::string(name)] = std::move(schema);
}

std::string SchemaWriter::text() const {
    nlohmann::ordered_json schema;
    schema["type"] = "object";
    if (!properties_.empty()) schema["properties"] = properties_;
    if (!required_.empty()) schema["required"] = required_;
    schema["additionalProperties"] = false;
    return schema.dump();
}

} // namespace mayla::mcp
