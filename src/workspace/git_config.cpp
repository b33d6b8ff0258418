#include "workspace/git_config.hpp"

#include "base/text.hpp"

#include <string>

namespace mayla::workspace {

namespace {

class Parser {
public:
    Parser(std::string_view text, const EachVariable& each) : rest_(text), each_(each) {}

    void run() {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
                rest_.remove_prefix(1);
            else if (c == '#' || c == ';')
                skip_line();
            else if (c == '[')
                header();
            else
                variable();
        }
    }

private:
    void skip_line() {
        const std::size_t end = rest_.find('\n');
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    }

    /// [section] or [section "subsection"], where a backslash stands before a quote or a backslash.
    void header() {
        rest_.remove_prefix(1);
        const std::size_t end = rest_.find_first_of("] \t\n\"");
        section_ = ascii_lower(rest_.substr(0, end));
        subsection_.clear();
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
        if (!rest_.empty() && rest_.front() == '"') {
            rest_.remove_prefix(1);
            while (!rest_.empty() && rest_.front() != '"' && rest_.front() != '\n') {
                if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
                subsection_ += rest_.front();
                rest_.remove_prefix(1);
            }
            if (!rest_.empty() && rest_.front() == '"') rest_.remove_prefix(1);
        }
        if (!rest_.empty() && rest_.front() == ']')
            rest_.remove_prefix(1);
        else
            skip_line();
    }

    void variable() {
        const std::size_t end = rest_.find_first_of("=\n#;");
        const std::string key = ascii_lower(trimmed(rest_.substr(0, end)));
        if (end == std::string_view::npos || rest_[end] != '=') {
            skip_line(); // a key alone is a true; none of those we read are
            return;
        }
        rest_.remove_prefix(end + 1);
        const std::string value = read_value();
        each_(section_, subsection_, key, value);
    }

    std::string read_value() {
        std::string out;
        std::size_t solid = 0; // what lies behind it is white space outside of quotes
        bool quoted = false;
        while (!rest_.empty()) {
            const char c = rest_.front();
            rest_.remove_prefix(1);
            if (c == '\n') break;
            if (!quoted && (c == '#' || c == ';')) {
                skip_line();
                break;
            }
            if (c == '"') {
                quoted = !quoted;
                solid = out.size();
            } else if (c == '\\' && !rest_.empty()) {
                escape(out);
                solid = out.size();
            } else if (!quoted && (c == ' ' || c == '\t' || c == '\r')) {
                if (!out.empty()) out += c;
            } else {
                out += c;
                solid = out.size();
            }
        }
        out.resize(solid);
        return out;
    }

    void escape(std::string& out) {
        if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
        const char c = rest_.front();
        rest_.remove_prefix(1);
        if (c == '\n') return; // the value goes on in the next line
        if (c == 'n')
            out += '\n';
        else if (c == 't')
            out += '\t';
        else
            out += c;
    }

    std::string_view rest_;
    const EachVariable& each_;
    std::string section_;
    std::string subsection_;
};

} // namespace

void read_git_config(std::string_view text, const EachVariable& each) { Parser(text, each).run(); }

} // namespace mayla::workspace
