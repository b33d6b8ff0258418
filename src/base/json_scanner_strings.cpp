#include "base/json_scanner.hpp"

// The half of the scanner that reads strings: UTF-8, escapes, and what a finished string means.

namespace mayla {

namespace {

/// Bytes that a string may hold as they are and that end nothing.
constexpr bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

constexpr int hex_digit(unsigned char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

} // namespace

/// The common case, long strings, in a loop of its own.
const char* JsonScanner::plain_run(const char* at, const char* end) noexcept {
    const char* const begin = at;
    while (at != end && is_plain(static_cast<unsigned char>(*at))) ++at;
    if (at == begin) return at;
    if (high_surrogate_ != 0) damaged();
    const std::string_view run(begin, static_cast<std::size_t>(at - begin));
    if (kept_) text_.append(run);
    offset_ += run.size();
    return at;
}

void JsonScanner::begin_key() noexcept {
    key_ = true;
    kept_ = scope() != Scope::other;
    text_.clear();
    state_ = State::string;
}

void JsonScanner::end_string() noexcept {
    if (high_surrogate_ != 0) damaged();
    if (key_) {
        slot_ = kept_ ? slot_of_key() : Slot::none;
        state_ = State::colon;
        return;
    }
    switch (slot_) {
    case Slot::method:
        verdict_.method_text = text_;
        break;
    case Slot::tool_name:
        verdict_.tool_name_text = text_;
        break;
    case Slot::jsonrpc:
        verdict_.jsonrpc_2 = text_.view() == "2.0";
        break;
    case Slot::protocol_version:
        verdict_.version_text.append(text_.view());
        break;
    default:
        break;
    }
    end_value(offset_ + 1);
}

void JsonScanner::string_byte(unsigned char c) noexcept {
    if (c == '\\') {
        state_ = State::escape;
        return;
    }
    if (c == '"') return end_string();
    if (high_surrogate_ != 0) damaged();
    if (c < 0x20) return fault(JsonFault::syntax);
    // What is left starts a character of several bytes (RFC 3629, section 4).
    utf8_low_ = 0x80;
    utf8_high_ = 0xBF;
    if (c >= 0xC2 && c <= 0xDF) {
        utf8_left_ = 1;
    } else if (c >= 0xE0 && c <= 0xEF) {
        utf8_left_ = 2;
        if (c == 0xE0) utf8_low_ = 0xA0;  // shorter forms exist
        if (c == 0xED) utf8_high_ = 0x9F; // surrogates
    } else if (c >= 0xF0 && c <= 0xF4) {
        utf8_left_ = 3;
        if (c == 0xF0) utf8_low_ = 0x90;  // shorter forms exist
        if (c == 0xF4) utf8_high_ = 0x8F; // beyond U+10FFFF
    } else {
        return damaged();
    }
    take(c);
    state_ = State::utf8;
}

bool JsonScanner::utf8_byte(unsigned char c) noexcept {
    if (c < utf8_low_ || c > utf8_high_) {
        damaged();
        state_ = State::string;
        return false;
    }
    take(c);
    utf8_low_ = 0x80;
    utf8_high_ = 0xBF;
    if (--utf8_left_ == 0) state_ = State::string;
    return true;
}

void JsonScanner::escape_byte(unsigned char c) noexcept {
    if (c == 'u') {
        unit_ = 0;
        hex_left_ = 4;
        state_ = State::hex;
        return;
    }
    if (high_surrogate_ != 0) damaged();
    state_ = State::string;
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return take(c);
    case 'b':
        return take('\b');
    case 'f':
        return take('\f');
    case 'n':
        return take('\n');
    case 'r':
        return take('\r');
    case 't':
        return take('\t');
    default:
        fault(JsonFault::syntax);
    }
}

void JsonScanner::hex_byte(unsigned char c) noexcept {
    const int digit = hex_digit(c);
    if (digit < 0) return fault(JsonFault::syntax);
    unit_ = unit_ * 16 + static_cast<std::uint32_t>(digit);
    if (--hex_left_ != 0) return;
    state_ = State::string;
    if (high_surrogate_ != 0 && is_low_surrogate(unit_)) {
        take_code_point(0x10000 + ((high_surrogate_ - 0xD800) << 10) + (unit_ - 0xDC00));
        high_surrogate_ = 0;
        return;
    }
    if (high_surrogate_ != 0) damaged();
    if (is_high_surrogate(unit_)) {
        high_surrogate_ = unit_;
    } else if (is_low_surrogate(unit_)) {
        damaged();
    } else {
        take_code_point(unit_);
    }
}

/// The string holds something that is not text.
void JsonScanner::damaged() noexcept {
    high_surrogate_ = 0;
    fault(JsonFault::bad_utf8);
    if (!key_ && slot_ == Slot::id) id_damaged_ = true;
    take('?'); // so that a damaged name matches nothing
}

void JsonScanner::take(unsigned char c) noexcept {
    const char byte = static_cast<char>(c);
    if (kept_) text_.append({&byte, 1});
}

void JsonScanner::take_code_point(std::uint32_t point) noexcept {
    const auto tail = [&](int shift) { take(static_cast<unsigned char>(0x80 | ((point >> shift) & 0x3F))); };
    if (point < 0x80) return take(static_cast<unsigned char>(point));
    if (point < 0x800) {
        take(static_cast<unsigned char>(0xC0 | (point >> 6)));
        return tail(0);
    }
    if (point < 0x10000) {
        take(static_cast<unsigned char>(0xE0 | (point >> 12)));
        tail(6);
        return tail(0);
    }
    take(static_cast<unsigned char>(0xF0 | (point >> 18)));
    tail(12);
    tail(6);
    tail(0);
}

} // namespace mayla
