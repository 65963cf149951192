// SPDX-License-Identifier: MIT
#include "git/netrc.hpp"

#include "git/host_pattern.hpp"

namespace envkeep::git {
namespace {

constexpr std::string_view blanks = " \t\r\n";

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
        std::size_t end = rest_.find("\n\n");
        if (const std::size_t other = rest_.find("\n\r\n"); other < end) {
            end = other;
        }
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
            if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                const char c = rest_[++i];
                word += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            } else {
                word += rest_[i];
            }
        }
        rest_.remove_prefix(std::min(i + 1, rest_.size()));
        return word;
    }

    std::string_view rest_;
    bool is_at_line_begin_ = true;
};

}  // namespace

std::optional<NetrcEntry> find_in_netrc(std::string_view text,
                                        const std::string& machine,
                                        const std::string& login) {
    Words words(text);
    std::optional<NetrcEntry> entry;  // the one that is read, if it is of this machine
    const auto is_wanted = [&] {
        return entry && !entry->password.empty() && !entry->login.empty() &&
               (login.empty() || entry->login == login);
    };
    while (const std::optional<std::string> word = words.next()) {
        if (*word == "machine" || *word == "default") {
            if (is_wanted()) {
                return entry;
            }
            const bool fits =
                *word == "default" || lower_case(words.next().value_or("")) == lower_case(machine);
            entry = fits ? std::optional(NetrcEntry{}) : std::nullopt;
        } else if (*word == "macdef") {
            words.skip_macro();
        } else if (*word == "login" || *word == "password" || *word == "account") {
            const std::string value = words.next().value_or("");
            if (entry && *word != "account") {
                (*word == "login" ? entry->login : entry->password) = value;
            }
        }
    }
    return is_wanted() ? entry : std::nullopt;
}

}  // namespace envkeep::git
