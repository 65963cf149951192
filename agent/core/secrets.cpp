// SPDX-License-Identifier: MIT
#include "envkeep/core/secrets.hpp"

#include <algorithm>
#include <array>

namespace envkeep {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view mask = "***";
constexpr std::size_t shortest_key = 16;
constexpr std::size_t shortest_path_token = 8;

constexpr std::array<std::string_view, 16> secret_words{"apikey",
                                                        "auth",
                                                        "authorization",
                                                        "credential",
                                                        "credentials",
                                                        "pass",
                                                        "passphrase",
                                                        "passwd",
                                                        "password",
                                                        "pat",
                                                        "pwd",
                                                        "secret",
                                                        "secrets",
                                                        "sshpass",
                                                        "token",
                                                        "tokens"};
// "PGPASSWORD", "MYSQL_ROOTPASSWD".
constexpr std::array<std::string_view, 5> secret_word_endings{
    "apikey", "passwd", "password", "secret", "token"};
// Of every shell: where it is.
constexpr std::string_view working_folder = "PWD";
constexpr std::array<std::string_view, 16> key_beginnings{"AKIA",
                                                          "AIza",
                                                          "Basic ",
                                                          "Bearer ",
                                                          "eyJ",
                                                          "ghp_",
                                                          "gho_",
                                                          "ghs_",
                                                          "ghu_",
                                                          "github_pat_",
                                                          "glpat-",
                                                          "hf_",
                                                          "npm_",
                                                          "pypi-",
                                                          "sk-",
                                                          "xoxb-"};
// The last is of "`token:` in the manifest".
constexpr std::array<std::string_view, 6> nobodys_values{
    "None", "null", "true", "false", "***", "`"};
// The user of many, and what cures show in place of one.
constexpr std::array<std::string_view, 2> nobodys_users{"git", "USER:TOKEN"};

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_letter_or_digit(char c) {
    return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9');
}

bool is_of_name(char c) {
    return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
}

bool is_secret_word(std::string_view word) {
    return std::ranges::find(secret_words, word) != secret_words.end() ||
           std::ranges::any_of(secret_word_endings,
                               [&](std::string_view ending) { return word.ends_with(ending); });
}

bool ends_value(char c) {
    return " \t\r\n\0\"'&,;<>()[]{}"sv.find(c) != std::string_view::npos;
}

std::size_t run_of(std::string_view text, bool (*is_in)(char)) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_in) - text.begin());
}

std::size_t value_length(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if(text, ends_value) - text.begin());
}

// Up to the quote that ends it, or the end of the line.
std::size_t quoted_length(std::string_view text, char quote) {
    std::size_t at = 0;
    while (at < text.size() && text[at] != quote && text[at] != '\n' && text[at] != '\0') {
        at += text[at] == '\\' ? 2U : 1U;
    }
    return std::min(at, text.size());
}

// Not "hf_cache_of_transformers".
bool is_random(std::string_view text) {
    return text.size() >= shortest_key && std::ranges::any_of(text, is_upper) &&
           text.find_first_of("0123456789") != std::string_view::npos;
}

// Copies a text to another, with masks.
class Masker {
  public:
    explicit Masker(std::string_view text) : rest_(text) { out_.reserve(text.size()); }

    std::string run() && {
        while (!rest_.empty()) {
            if (!mask_user() && !mask_path_token() && !mask_name()) {
                copy(1);
            }
        }
        return std::move(out_);
    }

  private:
    void copy(std::size_t count) {
        out_ += rest_.substr(0, count);
        rest_.remove_prefix(count);
    }

    void skip(std::size_t count) {
        out_ += mask;
        rest_.remove_prefix(count);
    }

    // "://user:password@host".
    bool mask_user() {
        if (!rest_.starts_with("://")) {
            return false;
        }
        copy(3);
        // A password may hold what ends a value elsewhere.
        const std::string_view authority =
            rest_.substr(0, rest_.find_first_of(" \t\r\n\0\"'<>/"sv));
        const std::size_t at = authority.rfind('@');
        if (at != std::string_view::npos &&
            std::ranges::find(nobodys_users, authority.substr(0, at)) == nobodys_users.end()) {
            skip(at);
        }
        return true;
    }

    // conda's "https://conda.anaconda.org/t/TOKEN/channel".
    bool mask_path_token() {
        const std::size_t length =
            rest_.starts_with("/t/") ? run_of(rest_.substr(3), is_of_name) : 0;
        if (length < shortest_path_token) {
            return false;
        }
        copy(3);
        skip(length);
        return true;
    }

    // A word, and what follows it where it is the name of a secret.
    bool mask_name() {
        for (const std::string_view beginning : key_beginnings) {
            if (!rest_.starts_with(beginning)) {
                continue;
            }
            const std::string_view key = rest_.substr(beginning.size());
            const std::size_t length = run_of(key, is_of_name);
            if (is_random(key.substr(0, length))) {
                skip(beginning.size() + length);
                return true;
            }
        }
        const std::size_t length = run_of(rest_, is_of_name);
        if (length == 0) {
            return false;
        }
        const bool is_secret = is_secret_name(rest_.substr(0, length));
        copy(length);
        if (is_secret) {
            mask_value();
        }
        return true;
    }

    // Behind '=' or ':', with quotes, brackets and blanks as JSON, shells and Python write them.
    void mask_value() {
        std::size_t at = 0;
        const auto pass = [&](std::string_view which, std::size_t most) {
            const std::size_t begin = at;
            while (at < rest_.size() && at - begin < most &&
                   which.find(rest_[at]) != std::string_view::npos) {
                ++at;
            }
            return at > begin;
        };
        pass("\"'])", 3);
        pass(" \t", 4);
        if (!pass("=:", 1)) {
            return;
        }
        pass(" \t", 4);
        const bool is_quoted = pass("\"'", 1);
        std::size_t length = is_quoted ? quoted_length(rest_.substr(at), rest_[at - 1])
                                       : value_length(rest_.substr(at));
        for (const std::string_view scheme : {"Basic ", "Bearer "}) {
            if (rest_.substr(at).starts_with(scheme)) {
                length = scheme.size() + value_length(rest_.substr(at + scheme.size()));
            }
        }
        const std::string_view value = rest_.substr(at, length);
        if (length == 0 || value.front() == '=' ||
            std::ranges::find(nobodys_values, value) != nobodys_values.end()) {
            return;
        }
        copy(at);
        skip(length);
    }

    std::string_view rest_;
    std::string out_;
};

bool is_base64(char c) {
    return is_letter_or_digit(c) || c == '+' || c == '/' || c == '=';
}

// Nothing but blanks, and the marks of an encoding, stands before it in its line.
bool begins_line(std::string_view text, std::size_t at) {
    while (at > 0 && text[at - 1] != '\n' && text[at - 1] != '\r') {
        const char before = text[--at];
        if (before > ' ' && before <= '~') {
            return false;
        }
    }
    return true;
}

// The key itself, in the next line or, as JSON writes it, behind "\n" in the same one.
bool has_key_behind(std::string_view text) {
    constexpr std::size_t enough = 4;
    constexpr std::string_view blank = "\r\n\t ";
    const std::size_t escaped = text.substr(0, text.find_first_of(blank)).find("\\n");
    const std::size_t end = escaped == std::string_view::npos ? text.find('\n') : escaped + 2;
    std::string_view key = end < text.size() ? text.substr(end) : std::string_view{};
    key.remove_prefix(std::min(key.find_first_not_of(blank), key.size()));
    return key.starts_with("Proc-Type:") || run_of(key, is_base64) >= enough;
}

// "-----BEGIN RSA PRIVATE KEY-----", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----".
bool has_armoured_key(std::string_view text) {
    constexpr std::string_view begin = "BEGIN ";
    constexpr std::string_view name = "PRIVATE KEY";
    for (std::size_t at = text.find(begin); at != std::string_view::npos;
         at = text.find(begin, at + begin.size())) {
        const std::string_view line = text.substr(at, text.find_first_of("\r\n", at) - at);
        const std::size_t named = line.find(name);
        std::string_view before = text.substr(0, at);
        before.remove_suffix(before.ends_with("-- ") ? 1U : 0U);
        if (named == std::string_view::npos || !before.ends_with("--")) {
            continue;
        }
        const std::size_t dashes = before.find_last_not_of('-') + 1;  // npos + 1 is 0
        if (begins_line(text, dashes) || has_key_behind(text.substr(at + named + name.size()))) {
            return true;
        }
    }
    return false;
}

bool has_line_that_begins(std::string_view text, std::string_view words) {
    const std::size_t at = text.find(words);
    return at != std::string_view::npos && begins_line(text, at);
}

}  // namespace

bool is_secret_name(std::string_view name) {
    if (name == working_folder) {
        return false;
    }
    std::size_t words = 0;
    bool has_key = false;
    std::string word;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        const char c = i < name.size() ? name[i] : '\0';
        const bool begins = i > 0 && is_upper(c) && is_lower(name[i - 1]);
        if ((begins || !is_letter_or_digit(c)) && !word.empty()) {
            ++words;
            has_key = has_key || word == "key" || word == "keys";
            if (is_secret_word(word)) {
                return true;
            }
            word.clear();
        }
        if (is_letter_or_digit(c)) {
            word += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return has_key && words > 1;
}

std::string masked(std::string_view text) {
    return Masker(text).run();
}

bool is_token_as_user(std::string_view user) {
    constexpr std::size_t shortest = 20;
    return masked(user) != user ||
           (user.size() >= shortest && run_of(user, is_letter_or_digit) == user.size());
}

bool is_private_key(std::string_view head) {
    std::string text(head);
    std::erase(text, '\0');  // UTF-16, as Windows tools write it
    return has_armoured_key(text) || has_line_that_begins(text, "PuTTY-User-Key-File-") ||
           has_line_that_begins(text, "SSH PRIVATE KEY FILE FORMAT");
}

}  // namespace envkeep
