#pragma once

#include "base/limits.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mayla {

/// What a JSON value is. A number without fraction and exponent is an integer, however large.
enum class JsonKind : std::uint8_t { absent, null, boolean, integer, floating, string, object, array };

/// What is wrong with a line. After `syntax` nothing more is read from it; the others are noted (the first
/// one wins) and the reading goes on, so that the id of a refused message is found wherever it stands.
enum class JsonFault : std::uint8_t {
    none,
    syntax,        ///< not JSON as RFC 8259 has it, or cut short
    bad_utf8,      ///< bytes that are not UTF-8, or a \u escape that is half of a surrogate pair
    too_deep,      ///< more than limits::json_depth objects and arrays inside each other
    duplicate_key, ///< one of the members that are looked for stands twice
};

/// Where a value stands in its line: offsets of its first byte and of the byte after its last.
struct JsonSpan {
    JsonKind kind = JsonKind::absent;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    bool present() const noexcept { return kind != JsonKind::absent; }
};

/// Text of bounded length, kept by value.
template <std::size_t Capacity>
class BoundedText {
public:
    std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    /// More came than there is room for; view() holds its beginning.
    bool overflowed() const noexcept { return overflowed_; }

    void clear() noexcept {
        size_ = 0;
        overflowed_ = false;
    }
    void append(std::string_view text) noexcept {
        const std::size_t room = Capacity - size_;
        if (text.size() > room) {
            overflowed_ = true;
            text = text.substr(0, room);
        }
        for (const char c : text) bytes_[size_++] = c;
    }

private:
    std::array<char, Capacity> bytes_{};
    std::size_t size_ = 0;
    bool overflowed_ = false;
};

/// What is known about one line.
struct JsonVerdict {
    JsonFault fault = JsonFault::none;
    std::uint64_t fault_at = 0; ///< offset of the byte where the fault showed
    std::uint64_t length = 0;   ///< bytes of the line

    JsonKind top = JsonKind::absent; ///< absent: a blank line. array: a batch

    JsonSpan id;
    JsonSpan method;
    JsonSpan params;
    JsonSpan request_id;          ///< params.requestId
    JsonSpan tool_name;           ///< params.name
    JsonSpan arguments;           ///< params.arguments
    JsonSpan protocol_version;    ///< params._meta["io.modelcontextprotocol/protocolVersion"]
    JsonSpan client_capabilities; ///< params._meta["io.modelcontextprotocol/clientCapabilities"]
    JsonSpan result;
    JsonSpan error;
    bool jsonrpc_2 = false; ///< `jsonrpc` is the string "2.0"

    BoundedText<limits::method_bytes> method_text;    ///< decoded; empty unless `method` is a string
    BoundedText<limits::method_bytes> tool_name_text; ///< decoded; empty unless `params.name` is a string
    BoundedText<limits::revision_bytes> version_text; ///< decoded; empty unless it is a string
    BoundedText<limits::id_bytes> id_text;            ///< the id's own bytes, quotes included; scalars only

    bool sound() const noexcept { return fault == JsonFault::none; }
    bool blank() const noexcept { return sound() && top == JsonKind::absent; }
    bool batch() const noexcept { return top == JsonKind::array; }
    /// The id is one that JSON-RPC as MCP uses it allows (string or integer), fits into limits::id_bytes, and
    /// stands in the line once and undamaged: its bytes may be sent back.
    bool id_usable() const noexcept {
        return (id.kind == JsonKind::string || id.kind == JsonKind::integer) && !id_text.overflowed();
    }
};

/// Reads one JSON line in pieces, split anywhere, and finds the few members that relaying needs. It checks
/// the whole grammar of RFC 8259 and UTF-8, never allocates, and needs the same memory for a line of any
/// length. Escaped keys count as what they mean: "\u0069d" is `id`. Bad input is a verdict, never an
/// exception.
///
/// Usable by one thread at a time. Typical use: feed() … feed(), finish(), reset().
class JsonScanner {
public:
    /// Takes the next bytes of the line, without its newline.
    void feed(std::string_view chunk) noexcept;

    /// Says that the line has ended. The verdict stays valid until reset().
    const JsonVerdict& finish() noexcept;

    /// Starts a new line.
    void reset() noexcept;

private:
    enum class State : std::uint8_t {
        value,        // a value must come
        first_item,   // a value or ]
        first_key,    // a key or }
        next_key,     // a key must come
        colon,        // : must come
        after_value,  // , or the end of the container
        string,       // inside a string
        utf8,         // inside a character of several bytes
        escape,       // after a backslash
        hex,          // inside \uXXXX
        literal,      // inside true, false, null
        number_minus, // after -
        number_zero,  // after a leading 0
        number_int,
        number_dot, // after .
        number_frac,
        number_e,    // after e
        number_sign, // after e+ or e-
        number_exp,
        deep, // below limits::json_depth: only brackets and strings are told apart
        deep_string,
        deep_escape,
        end, // the value is complete: only white space may follow
        dead,
    };
    /// Objects whose keys matter.
    enum class Scope : std::uint8_t { other, message, params, meta };
    /// Members that matter.
    enum class Slot : std::uint8_t {
        none,
        id,
        method,
        params,
        result,
        error,
        jsonrpc,
        request_id,
        tool_name,
        arguments,
        meta,
        protocol_version,
        client_capabilities,
        count
    };
    /// Deepest object whose keys matter: message, params, _meta.
    static constexpr std::size_t scope_depth = 3;

    // Those that return bool say whether the byte is used up; if not, it is read again in the new state.
    bool step(unsigned char c) noexcept;
    bool utf8_byte(unsigned char c) noexcept;
    bool number_byte(unsigned char c) noexcept;
    const char* plain_run(const char* at, const char* end) noexcept;
    void structure_byte(unsigned char c) noexcept;
    void deep_byte(unsigned char c) noexcept;
    void begin_value(unsigned char c) noexcept;
    void begin_literal(const char* rest, JsonKind kind) noexcept;
    void begin_container(JsonKind kind) noexcept;
    void end_container(bool object) noexcept;
    void begin_key() noexcept;
    void end_string() noexcept;
    void string_byte(unsigned char c) noexcept;
    void escape_byte(unsigned char c) noexcept;
    void hex_byte(unsigned char c) noexcept;
    void end_value(std::uint64_t end) noexcept;
    void note_begin(JsonKind kind) noexcept;
    void take(unsigned char c) noexcept;
    void take_code_point(std::uint32_t point) noexcept;
    void damaged() noexcept;
    void fault(JsonFault kind) noexcept;
    void keep_id_bytes(std::string_view chunk, std::uint64_t chunk_begin) noexcept;
    Slot slot_of_key() noexcept;
    Scope scope() const noexcept { return depth_ <= scope_depth ? scopes_[depth_] : Scope::other; }
    JsonSpan* span(Slot slot) noexcept;

    JsonVerdict verdict_;
    std::uint64_t offset_ = 0;
    State state_ = State::value;

    // Containers that are open. A set bit is an object.
    std::bitset<limits::json_depth> objects_;
    std::size_t depth_ = 0;
    std::uint64_t deep_ = 0;
    std::array<Scope, scope_depth + 1> scopes_{}; // of the container at each depth
    std::array<Slot, scope_depth + 1> openers_{}; // which member the container at each depth is
    std::bitset<static_cast<std::size_t>(Slot::count)> seen_;
    Slot slot_ = Slot::none; // the member whose value comes or is being read

    // The string that is being read.
    bool key_ = false;
    bool kept_ = false; // text_ is wanted
    BoundedText<limits::method_bytes> text_;
    std::uint32_t unit_ = 0; // \uXXXX so far
    int hex_left_ = 0;
    std::uint32_t high_surrogate_ = 0; // waits for its low half
    int utf8_left_ = 0;
    unsigned char utf8_low_ = 0, utf8_high_ = 0; // what the next byte may be
    bool id_damaged_ = false;

    const char* literal_ = nullptr; // what must still come
};

} // namespace mayla
