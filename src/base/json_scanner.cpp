#include "base/json_scanner.hpp"

namespace mayla {

namespace {

constexpr bool is_space(unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

} // namespace

void JsonScanner::reset() noexcept { *this = JsonScanner{}; }

void JsonScanner::feed(std::string_view chunk) noexcept {
    const std::uint64_t chunk_begin = offset_;
    const char* at = chunk.data();
    const char* const end = at + chunk.size();
    while (at != end && state_ != State::dead) {
        if (state_ == State::string) {
            at = plain_run(at, end);
            if (at == end) break;
        }
        if (step(static_cast<unsigned char>(*at))) {
            ++at;
            ++offset_;
        }
    }
    offset_ = chunk_begin + chunk.size();
    keep_id_bytes(chunk, chunk_begin);
}

const JsonVerdict& JsonScanner::finish() noexcept {
    switch (state_) {
    case State::number_zero:
    case State::number_int:
    case State::number_frac:
    case State::number_exp:
        end_value(offset_);
        break;
    default:
        break;
    }
    const bool blank = depth_ == 0 && state_ == State::value;
    if (state_ != State::end && state_ != State::dead && !blank) fault(JsonFault::syntax);
    const bool cut_short = verdict_.id.present() && verdict_.id.end == 0;
    if (id_damaged_ || cut_short) {
        verdict_.id = {};
        verdict_.id_text.clear();
    }
    verdict_.length = offset_;
    return verdict_;
}

bool JsonScanner::step(unsigned char c) noexcept {
    switch (state_) {
    case State::string:
        string_byte(c);
        return true;
    case State::utf8:
        return utf8_byte(c);
    case State::escape:
        escape_byte(c);
        return true;
    case State::hex:
        hex_byte(c);
        return true;
    case State::literal:
        if (static_cast<unsigned char>(*literal_) != c) {
            fault(JsonFault::syntax);
        } else if (*++literal_ == '\0') {
            end_value(offset_ + 1);
        }
        return true;
    case State::number_minus:
    case State::number_zero:
    case State::number_int:
    case State::number_dot:
    case State::number_frac:
    case State::number_e:
    case State::number_sign:
    case State::number_exp:
        return number_byte(c);
    case State::deep:
    case State::deep_string:
    case State::deep_escape:
        deep_byte(c);
        return true;
    default:
        if (!is_space(c)) structure_byte(c);
        return true;
    }
}

void JsonScanner::structure_byte(unsigned char c) noexcept {
    switch (state_) {
    case State::first_item:
        if (c == ']') return end_container(false);
        return begin_value(c);
    case State::value:
        return begin_value(c);
    case State::first_key:
        if (c == '}') return end_container(true);
        [[fallthrough]];
    case State::next_key:
        if (c == '"') return begin_key();
        break;
    case State::colon:
        if (c == ':') {
            state_ = State::value;
            return;
        }
        break;
    case State::after_value:
        if (c == ',') {
            state_ = objects_[depth_ - 1] ? State::next_key : State::value;
            return;
        }
        if (c == ']' || c == '}') return end_container(c == '}');
        break;
    default:
        break; // end: nothing may follow
    }
    fault(JsonFault::syntax);
}

void JsonScanner::begin_value(unsigned char c) noexcept {
    switch (c) {
    case '{':
        return begin_container(JsonKind::object);
    case '[':
        return begin_container(JsonKind::array);
    case 't':
        return begin_literal("rue", JsonKind::boolean);
    case 'f':
        return begin_literal("alse", JsonKind::boolean);
    case 'n':
        return begin_literal("ull", JsonKind::null);
    case '"':
        note_begin(JsonKind::string);
        key_ = false;
        kept_ = slot_ == Slot::method || slot_ == Slot::jsonrpc || slot_ == Slot::protocol_version ||
                slot_ == Slot::tool_name;
        text_.clear();
        state_ = State::string;
        return;
    case '-':
    case '0':
        note_begin(JsonKind::integer);
        state_ = c == '-' ? State::number_minus : State::number_zero;
        return;
    default:
        if (!is_digit(c)) return fault(JsonFault::syntax);
        note_begin(JsonKind::integer);
        state_ = State::number_int;
    }
}

void JsonScanner::begin_literal(const char* rest, JsonKind kind) noexcept {
    note_begin(kind);
    literal_ = rest;
    state_ = State::literal;
}

bool JsonScanner::number_byte(unsigned char c) noexcept {
    const bool digit = is_digit(c);
    const bool exponent = c == 'e' || c == 'E';
    const auto fraction_or_exponent = [&](State next) {
        if (JsonSpan* s = span(slot_)) s->kind = JsonKind::floating;
        if (depth_ == 0) verdict_.top = JsonKind::floating;
        state_ = next;
        return true;
    };
    switch (state_) {
    case State::number_minus:
        if (!digit) break;
        state_ = c == '0' ? State::number_zero : State::number_int;
        return true;
    case State::number_int:
        if (digit) return true;
        [[fallthrough]];
    case State::number_zero:
        if (c == '.') return fraction_or_exponent(State::number_dot);
        if (exponent) return fraction_or_exponent(State::number_e);
        end_value(offset_);
        return false;
    case State::number_dot:
        if (!digit) break;
        state_ = State::number_frac;
        return true;
    case State::number_frac:
        if (digit) return true;
        if (exponent) return fraction_or_exponent(State::number_e);
        end_value(offset_);
        return false;
    case State::number_e:
        if (c == '+' || c == '-') {
            state_ = State::number_sign;
            return true;
        }
        [[fallthrough]];
    case State::number_sign:
        if (!digit) break;
        state_ = State::number_exp;
        return true;
    default: // number_exp
        if (digit) return true;
        end_value(offset_);
        return false;
    }
    fault(JsonFault::syntax);
    return true;
}

/// Below the depth limit there is no room to remember what is open. The brackets are counted, so that what
/// follows them, an id perhaps, is read again as it should be.
void JsonScanner::deep_byte(unsigned char c) noexcept {
    if (state_ == State::deep_escape) {
        state_ = State::deep_string;
    } else if (state_ == State::deep_string) {
        if (c == '\\') state_ = State::deep_escape;
        if (c == '"') state_ = State::deep;
    } else if (c == '"') {
        state_ = State::deep_string;
    } else if (c == '[' || c == '{') {
        ++deep_;
    } else if ((c == ']' || c == '}') && --deep_ == 0) {
        end_value(offset_ + 1);
    }
}

void JsonScanner::begin_container(JsonKind kind) noexcept {
    note_begin(kind);
    if (depth_ == limits::json_depth) {
        fault(JsonFault::too_deep);
        deep_ = 1;
        state_ = State::deep;
        return;
    }
    const bool object = kind == JsonKind::object;
    objects_[depth_++] = object;
    if (depth_ <= scope_depth) {
        openers_[depth_] = slot_;
        Scope scope = Scope::other;
        if (object && depth_ == 1) scope = Scope::message;
        if (object && slot_ == Slot::params) scope = Scope::params;
        if (object && slot_ == Slot::meta) scope = Scope::meta;
        scopes_[depth_] = scope;
    }
    slot_ = Slot::none;
    state_ = object ? State::first_key : State::first_item;
}

void JsonScanner::end_container(bool object) noexcept {
    if (objects_[depth_ - 1] != object) return fault(JsonFault::syntax);
    slot_ = depth_ <= scope_depth ? openers_[depth_] : Slot::none;
    --depth_;
    end_value(offset_ + 1);
}

void JsonScanner::note_begin(JsonKind kind) noexcept {
    if (depth_ == 0) verdict_.top = kind;
    if (JsonSpan* s = span(slot_)) *s = {kind, offset_, 0};
}

void JsonScanner::end_value(std::uint64_t end) noexcept {
    if (JsonSpan* s = span(slot_)) s->end = end;
    slot_ = Slot::none;
    state_ = depth_ == 0 ? State::end : State::after_value;
}

void JsonScanner::fault(JsonFault kind) noexcept {
    if (kind == JsonFault::syntax) state_ = State::dead;
    if (verdict_.fault != JsonFault::none) return;
    verdict_.fault = kind;
    verdict_.fault_at = offset_;
}

void JsonScanner::keep_id_bytes(std::string_view chunk, std::uint64_t chunk_begin) noexcept {
    const JsonSpan& id = verdict_.id;
    if (!id.present() || id.kind == JsonKind::object || id.kind == JsonKind::array) return;
    const std::uint64_t chunk_end = chunk_begin + chunk.size();
    const std::uint64_t begin = id.begin > chunk_begin ? id.begin : chunk_begin;
    const std::uint64_t end = id.end != 0 && id.end < chunk_end ? id.end : chunk_end;
    if (begin >= end) return;
    verdict_.id_text.append(
        chunk.substr(static_cast<std::size_t>(begin - chunk_begin), static_cast<std::size_t>(end - begin)));
}

JsonScanner::Slot JsonScanner::slot_of_key() noexcept {
    struct Name {
        Scope scope;
        std::string_view key;
        Slot slot;
    };
    static constexpr Name names[] = {
        {Scope::message, "id", Slot::id},
        {Scope::message, "method", Slot::method},
        {Scope::message, "params", Slot::params},
        {Scope::message, "result", Slot::result},
        {Scope::message, "error", Slot::error},
        {Scope::message, "jsonrpc", Slot::jsonrpc},
        {Scope::params, "requestId", Slot::request_id},
        {Scope::params, "name", Slot::tool_name},
        {Scope::params, "arguments", Slot::arguments},
        {Scope::params, "_meta", Slot::meta},
        {Scope::meta, "io.modelcontextprotocol/protocolVersion", Slot::protocol_version},
        {Scope::meta, "io.modelcontextprotocol/clientCapabilities", Slot::client_capabilities},
    };
    if (text_.overflowed()) return Slot::none;
    const Scope here = scope();
    for (const Name& name : names) {
        if (name.scope != here || name.key != text_.view()) continue;
        const auto bit = static_cast<std::size_t>(name.slot);
        if (!seen_[bit]) {
            seen_.set(bit);
            return name.slot;
        }
        fault(JsonFault::duplicate_key);
        if (name.slot == Slot::id) id_damaged_ = true; // which of the two would the client wait for?
        return Slot::none;
    }
    return Slot::none;
}

JsonSpan* JsonScanner::span(Slot slot) noexcept {
    switch (slot) {
    case Slot::id:
        return &verdict_.id;
    case Slot::method:
        return &verdict_.method;
    case Slot::params:
        return &verdict_.params;
    case Slot::result:
        return &verdict_.result;
    case Slot::error:
        return &verdict_.error;
    case Slot::request_id:
        return &verdict_.request_id;
    case Slot::tool_name:
        return &verdict_.tool_name;
    case Slot::arguments:
        return &verdict_.arguments;
    case Slot::protocol_version:
        return &verdict_.protocol_version;
    case Slot::client_capabilities:
        return &verdict_.client_capabilities;
    default:
        return nullptr;
    }
}

} // namespace mayla
