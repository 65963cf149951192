// SPDX-License-Identifier: MIT
#include "packages/json_scan.hpp"

#include "envkeep/core/json.hpp"

#include <cstddef>

namespace envkeep::packages {
namespace {

constexpr std::size_t deepest = 200;

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

tl::unexpected<Error> broken(std::size_t at) {
    return failure(ErrorKind::io, "broken JSON at byte " + std::to_string(at));
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] std::size_t at() const { return at_; }

    // The next byte that is no space, not taken; NUL at the end.
    char peek() {
        while (at_ < text_.size() && is_space(text_[at_])) {
            ++at_;
        }
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    bool take(char wanted) {
        if (peek() != wanted) {
            return false;
        }
        ++at_;
        return true;
    }

    // Each gives the text of one value and goes behind it; empty where there is none.
    std::string_view value() {
        switch (peek()) {
            case '"':
                return string();
            case '{':
            case '[':
                return nest();
            default:
                return scalar();
        }
    }

    std::string_view string() {
        const std::size_t start = at_;
        std::size_t end = start;
        while (true) {
            end = text_.find('"', end + 1);
            if (end == std::string_view::npos) {
                return {};
            }
            std::size_t slashes = 0;
            while (text_[end - slashes - 1] == '\\') {
                ++slashes;
            }
            if (slashes % 2 == 0) {
                break;
            }
        }
        at_ = end + 1;
        return text_.substr(start, at_ - start);
    }

  private:
    std::string_view scalar() {
        const std::size_t start = at_;
        const std::size_t end = text_.find_first_of(",]} \n\r\t", start);
        at_ = end == std::string_view::npos ? text_.size() : end;
        return text_.substr(start, at_ - start);
    }

    // Brackets are matched by kind, so that a cut or mixed up text is not taken for a value.
    std::string_view nest() {
        const std::size_t start = at_;
        std::string open;
        for (; at_ < text_.size(); at_ = next_mark()) {
            if (text_[at_] == '"') {
                if (string().empty()) {
                    return {};
                }
                --at_;  // on the closing quote
                continue;
            }
            if (!is_balanced(open, text_[at_])) {
                return {};
            }
            if (open.empty()) {
                ++at_;
                return text_.substr(start, at_ - start);
            }
        }
        return {};
    }

    // The next quote or bracket behind this byte, or the end: what lies between is much, and the
    // same for us.
    [[nodiscard]] std::size_t next_mark() const {
        std::size_t at = at_ + 1;
        while (at < text_.size() && !is_mark(text_[at])) {
            ++at;
        }
        return at;
    }

    static bool is_mark(char c) {
        // '[' and '{', ']' and '}' differ in one bit.
        constexpr unsigned letter_bit = 0x20;
        const unsigned folded = static_cast<unsigned char>(c) | letter_bit;
        return c == '"' || folded == '{' || folded == '}';
    }

    // `open` holds the brackets that must still come.
    static bool is_balanced(std::string& open, char c) {
        if (c == '{' || c == '[') {
            open += c == '{' ? '}' : ']';
            return open.size() <= deepest;
        }
        if (c != '}' && c != ']') {
            return true;
        }
        const bool fits = open.back() == c;
        open.pop_back();
        return fits;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// Goes through "[first, second]" or the like; `one` takes one of them and says whether to go on.
template <typename One>
Result<void> scan_list(Scanner& scanner, char close, const One& one) {
    if (scanner.take(close)) {
        return {};
    }
    while (true) {
        ENVKEEP_TRY(const bool goes_on, one());
        if (!goes_on || scanner.take(close)) {
            return {};
        }
        if (!scanner.take(',')) {
            return broken(scanner.at());
        }
    }
}

}  // namespace

Result<void> scan_members(
    std::string_view text,
    const std::function<bool(const std::string& name, std::string_view value)>& member) {
    Scanner scanner(text);
    if (!scanner.take('{')) {
        return broken(scanner.at());
    }
    return scan_list(scanner, '}', [&]() -> Result<bool> {
        const std::string_view name = scanner.peek() == '"' ? scanner.string() : std::string_view{};
        if (name.empty() || !scanner.take(':')) {
            return broken(scanner.at());
        }
        const std::string_view value = scanner.value();
        if (value.empty()) {
            return broken(scanner.at());
        }
        return member(string_of(name), value);
    });
}

Result<void> scan_elements(std::string_view text,
                           const std::function<bool(std::string_view value)>& element) {
    Scanner scanner(text);
    if (!scanner.take('[')) {
        return broken(scanner.at());
    }
    return scan_list(scanner, ']', [&]() -> Result<bool> {
        const std::string_view value = scanner.value();
        if (value.empty()) {
            return broken(scanner.at());
        }
        return element(value);
    });
}

std::string string_of(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
        return {};
    }
    const std::string_view inner = value.substr(1, value.size() - 2);
    if (inner.find('\\') == std::string_view::npos) {
        return std::string(inner);
    }
    const auto parsed = Json::parse(value);
    const std::string* const text = parsed ? parsed->as_string() : nullptr;
    return text == nullptr ? std::string{} : *text;
}

}  // namespace envkeep::packages
