#pragma once

#include "mcp/arguments.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace mayla::mcp {

/// What MCP tells clients about a tool (ToolAnnotations). openWorldHint is false for all of ours.
struct Hints {
    bool read_only = false;
    bool destructive = false;
    bool idempotent = false;
};

/// Where a call is worked on (DESIGN 3). `quick`: memory and status. Its slow sister comes with the first
/// tool that waits on files.
enum class Lane { quick };

/// Who finds it where: a model in tools/list, a person's `mayla` as a method of its own whose answer is plain
/// JSON.
enum class Audience { model, person };

/// One row a tool: all that is known of it, written out, never self-registered.
struct Row {
    std::string_view name;
    std::string_view title;
    std::string_view description;
    Audience audience = Audience::model;
    Hints hints;
    Lane lane = Lane::quick;
    std::string (*schema)() = nullptr; ///< JSON Schema of its arguments
};

/// Does the work of a row, on a thread of its lane. Throws Error for a failure.
using Handler = std::function<Outcome(const Call&, const Json& arguments)>;

struct BoundRow {
    const Row* row;
    Handler handle;
};

} // namespace mayla::mcp
