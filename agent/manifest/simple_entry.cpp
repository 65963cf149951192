// SPDX-License-Identifier: MIT
#include "manifest/simple_entry.hpp"

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

constexpr std::size_t longest_line = 1000;  // YAML bounds the length of a key

enum class WordPart : std::uint8_t { none, inside, anywhere };

constexpr std::array<WordPart, 256> make_word_parts() {
    std::array<WordPart, 256> parts{};
    for (const char c : std::string_view("-+=*%@")) {
        parts[static_cast<unsigned char>(c)] = WordPart::inside;
    }
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789._/$~")) {
        parts[static_cast<unsigned char>(c)] = WordPart::anywhere;
    }
    return parts;
}

constexpr std::array<WordPart, 256> word_parts = make_word_parts();

bool is_null_word(std::string_view word) {
    return word == "~" || word == "null" || word == "Null" || word == "NULL";
}

// What is not of the simplest form is refused, never guessed at.
class Scanner {
  public:
    Scanner(const SourceText& source, std::uint32_t line, std::uint32_t first, SimpleEntry& entry)
        : source_(source), entry_(entry), line_(line), first_(first) {
        begin_line();
    }

    void read() {
        const std::uint32_t dash = take_spaces();
        entry_.indentation = dash;
        if (!take('-') || take_spaces() == 0) {
            return;
        }
        if (peek() == '{') {
            entry_.lines = flow_map() && ends() ? 1 : 0;
            return;
        }
        const std::size_t column = at_;
        if (!word()) {
            return;
        }
        if (peek() == ':') {
            block_map(dash, column);
        } else {
            entry_.lines = ends() ? 1 : 0;
        }
    }

  private:
    void begin_line() {
        text_ = source_.line(line_);
        begin_ = source_.line_begin(line_);
        at_ = 0;
    }

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(char wanted) {
        if (peek() != wanted) {
            return false;
        }
        ++at_;
        return true;
    }

    std::uint32_t take_spaces() {
        const std::size_t before = at_;
        while (peek() == ' ') {
            ++at_;
        }
        return static_cast<std::uint32_t>(at_ - before);
    }

    [[nodiscard]] std::uint32_t here() const { return begin_ + static_cast<std::uint32_t>(at_); }

    [[nodiscard]] std::uint32_t next() const {
        return first_ + static_cast<std::uint32_t>(entry_.nodes.size());
    }

    bool word() {
        const std::size_t begin = at_;
        const std::uint32_t position = here();
        if (at_ >= text_.size() || part(begin) != WordPart::anywhere) {
            return false;
        }
        while (at_ < text_.size() && part(at_) != WordPart::none) {
            ++at_;
        }
        entry_.nodes.push_back({.kind = NodeKind::text,
                                .is_plain = true,
                                .position = position,
                                .begin = position,
                                .length = static_cast<std::uint32_t>(at_ - begin),
                                .end = next() + 1});
        return text_.size() <= longest_line && !is_null_word(text_.substr(begin, at_ - begin));
    }

    [[nodiscard]] WordPart part(std::size_t at) const {
        return word_parts[static_cast<unsigned char>(text_[at])];
    }

    // What follows a key.
    bool value() { return take(':') && take_spaces() > 0 && word(); }

    bool flow_map() {
        entry_.nodes.push_back({.kind = NodeKind::map, .is_flow = true, .position = here()});
        take('{');
        bool has_more = true;
        while (has_more) {
            take_spaces();
            if (!word() || !value()) {
                return false;
            }
            take_spaces();
            has_more = take(',');
        }
        entry_.nodes[0].end = next();
        return take('}');
    }

    // The first key was read; the map's node goes before it.
    void block_map(std::uint32_t dash, std::size_t column) {
        const TreeNode map{.kind = NodeKind::map, .position = entry_.nodes[0].position};
        entry_.nodes[0].end += 1;
        entry_.nodes.insert(entry_.nodes.begin(), map);
        const std::uint32_t first_line = line_;
        while (true) {
            if (!value() || !ends()) {
                return;
            }
            ++line_;
            if (!goes_on(dash)) {
                break;
            }
            if (take_spaces() != column || !word()) {
                return;
            }
        }
        entry_.nodes[0].end = next();
        entry_.lines = line_ - first_line;
    }

    // Whether the line belongs to the map. If it is no such key as the first, the entry is not
    // simple.
    bool goes_on(std::uint32_t dash) {
        if (line_ >= source_.line_count()) {
            return false;
        }
        begin_line();
        const std::size_t indentation = text_.find_first_not_of(' ');
        return indentation != std::string_view::npos && text_[indentation] != '#' &&
               indentation > dash;
    }

    bool ends() { return at_ == text_.size() || (take_spaces() > 0 && ends_or_comments()); }

    [[nodiscard]] bool ends_or_comments() const { return peek() == '#' || at_ == text_.size(); }

    const SourceText& source_;
    SimpleEntry& entry_;
    std::string_view text_;
    std::uint32_t line_;
    std::uint32_t first_;
    std::uint32_t begin_ = 0;
    std::size_t at_ = 0;
};

}  // namespace

void read_simple_entry(const SourceText& source,
                       std::uint32_t line,
                       std::uint32_t first,
                       SimpleEntry& entry) {
    entry.lines = 0;
    entry.nodes.clear();
    Scanner(source, line, first, entry).read();
}

}  // namespace envkeep::manifest
