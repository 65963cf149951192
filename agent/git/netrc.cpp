// SPDX-License-Identifier: MIT
#include "git/netrc.hpp"

#include "envkeep/core/text.hpp"

namespace envkeep::git {
namespace {

constexpr std::string_view blanks = " \t\r\n";

char unescaped(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

bool is_whole(const std::optional<NetrcEntry>& entry, const std::string& login) {
    return entry && !entry->password.empty() && !entry->login.empty() &&
           (login.empty() || entry->login == login);
}

// The words of a .netrc, comments left out, quotes and backslashes in them undone as curl does.
class Words {
  public:
    explicit Words(std::string_view text) : rest_(text) {}

    std::optional<std::string> next() {
        while (true) {
            const std::size_t begin = rest_.find_first_not_of(blanks);
            if (begin == std::string_view::npos) {
                return std::nullopt;
            }
            is_at_line_begin_ =
                is_at_line_begin_ || rest_.substr(0, begin).find('\n') != std::string_view::npos;
            rest_.remove_prefix(begin);
            if (!is_at_line_begin_ || !rest_.starts_with('#')) {
                break;
            }
            skip_line();
        }
        is_at_line_begin_ = false;
        return rest_.starts_with('"') ? quoted_word() : plain_word();
    }

    // A macro ends at the first empty line.
    void skip_macro() {
        const std::size_t end = std::min(rest_.find("\n\n"), rest_.find("\n\r\n"));
        rest_.remove_prefix(std::min(end, rest_.size()));
    }

  private:
    void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }

    std::string plain_word() {
        const std::string word(rest_.substr(0, rest_.find_first_of(blanks)));
        rest_.remove_prefix(word.size());
        return word;
    }

    std::string quoted_word() {
        std::string word;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != '"' && rest_[i] != '\n'; ++i) {
            const bool is_escaped = rest_[i] == '\\' && i + 1 < rest_.size();
            word += is_escaped ? unescaped(rest_[++i]) : rest_[i];
        }
        rest_.remove_prefix(std::min(i + 1, rest_.size()));
        return word;
    }

    std::string_view rest_;
    bool is_at_line_begin_ = true;
};

// Of "machine NAME" or "default": nothing for another machine.
std::optional<NetrcEntry> begin_entry(std::string_view word,
                                      const std::string& machine,
                                      Words& words) {
    const bool fits =
        word == "default" || lower_case(words.next().value_or("")) == lower_case(machine);
    return fits ? std::optional(NetrcEntry{}) : std::nullopt;
}

void take_field(std::string_view word, Words& words, std::optional<NetrcEntry>& entry) {
    if (word == "macdef") {
        words.skip_macro();
    } else if (word == "login" || word == "password" || word == "account") {
        const std::string value = words.next().value_or("");
        if (entry && word != "account") {
            (word == "login" ? entry->login : entry->password) = value;
        }
    }
}

}  // namespace

std::optional<NetrcEntry> find_in_netrc(std::string_view text,
                                        const std::string& machine,
                                        const std::string& login) {
    Words words(text);
    std::optional<NetrcEntry> entry;  // the one that is read, if it is of this machine
    while (const std::optional<std::string> word = words.next()) {
        if (*word != "machine" && *word != "default") {
            take_field(*word, words, entry);
        } else if (is_whole(entry, login)) {
            return entry;
        } else {
            entry = begin_entry(*word, machine, words);
        }
    }
    return is_whole(entry, login) ? entry : std::nullopt;
}

}  // namespace envkeep::git
