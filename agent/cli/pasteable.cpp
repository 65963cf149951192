// SPDX-License-Identifier: MIT
#include "cli/pasteable.hpp"

#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::cli {
namespace {

enum class Quotes { are_text, are_shells };

bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Where `path` begins at `at`, alone or with something below it.
bool stands_at(std::string_view text, std::size_t at, std::string_view path, Quotes quotes) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const std::string_view behind = text.substr(std::min(at + path.size(), text.size()));
    return text.substr(at).starts_with(path) && !is_of_name(before) && before != '/' &&
           (quotes == Quotes::are_text || (before != '\'' && before != '"')) &&
           (behind.empty() || !is_of_name(behind.front()));
}

bool is_of_word(char c) {
    return is_of_name(c) && c != '_' && c != '-' && c != '.';
}

// Whether what stands around it, without a break, is a part of a path.
bool is_in_path(std::string_view text, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && is_of_name(text[begin - 1])) {
        --begin;
    }
    const auto* const end = std::find_if_not(text.begin() + at, text.end(), is_of_name);
    return (begin > 0 && text[begin - 1] == '/') || (end != text.end() && *end == '/');
}

// In a path also joined to others ("/scratch/jane-env"); elsewhere that is another word, as
// max_split_size_mb is.
bool is_word_at(std::string_view text, std::size_t at, std::string_view word) {
    const std::size_t end = at + word.size();
    if (!text.substr(at).starts_with(word) || (at > 0 && is_of_word(text[at - 1])) ||
        (end < text.size() && is_of_word(text[end]))) {
        return false;
    }
    const bool is_joined =
        (at > 0 && is_of_name(text[at - 1])) ||
        (end + 1 < text.size() && is_of_name(text[end]) && is_of_word(text[end + 1]));
    return !is_joined || is_in_path(text, at);
}

// Where the homes of a machine lie, "/home/", and how many names lead from there to one: two where
// it is /home/FACULTY/USER.
struct Homes {
    std::string_view folder;
    std::size_t depth = 1;
};

// Those among which that home is; no folder if it is somewhere else.
Homes homes_of(std::string_view home) {
    for (const std::string_view name : {"/home/", "/users/"}) {
        const std::size_t at = home.find(name);
        if (at != std::string_view::npos) {
            const std::string_view below = home.substr(at + name.size());
            return {.folder = home.substr(0, at + name.size()),
                    .depth = static_cast<std::size_t>(std::ranges::count(below, '/')) + 1};
        }
    }
    return {};
}

// The name of the user with that home; empty if it tells none, or one that many have.
std::string_view user_of(std::string_view home) {
    constexpr std::array<std::string_view, 16> nobodys{"admin",
                                                       "app",
                                                       "conda",
                                                       "cuda",
                                                       "data",
                                                       "dev",
                                                       "gpu",
                                                       "jovyan",
                                                       "jupyter",
                                                       "kernel",
                                                       "notebook",
                                                       "nvidia",
                                                       "python",
                                                       "torch",
                                                       "ubuntu",
                                                       "user"};
    const std::size_t slash = home.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? "" : home.substr(slash + 1);
    const bool is_users = !homes_of(home).folder.empty();
    return is_users && std::ranges::find(nobodys, name) == nobodys.end() ? name : "";
}

// "me@example.org" tells who somebody is there; these do not. What is no host is the name of an
// algorithm ("rsa-sha2-512-cert-v01@openssh.com").
constexpr std::array<std::string_view, 4> logins_of_all{"git", "root", "TOKEN", "USER"};
constexpr std::array<std::string_view, 2> makers_of_algorithms{"openssh.com", "libssh.org"};
// Where the first part of a repository's path is somebody's account.
constexpr std::array<std::string_view, 5> hosts_of_accounts{
    "bitbucket.org", "codeberg.org", "github.com", "gitlab.com", "huggingface.co"};
// And these there are none.
constexpr std::array<std::string_view, 4> pages_of_hosts{"blog", "datasets", "docs", "spaces"};

// "1.2" of "name@1.2", but no address.
bool begins_with_version(std::string_view text) {
    const auto* const end =
        std::ranges::find_if_not(text, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    constexpr std::ptrdiff_t dots_of_address = 3;
    return end != text.begin() && (end == text.end() || !is_of_name(*end)) &&
           std::count(text.begin(), end, '.') != dots_of_address;
}

// The length of the login that ends at the '@' at `at`; 0: none is to hide.
std::size_t login_before(std::string_view text, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && is_of_name(text[begin - 1])) {
        --begin;
    }
    const std::string_view login = text.substr(begin, at - begin);
    const std::string_view behind = text.substr(at + 1);
    // Of an address of the manifest that names no user the answer tells it: "me@, let in".
    // "~/.local/bin@3.11/pip" is a path.
    const bool is_in_path =
        begin > 0 && text[begin - 1] == '/' && !text.substr(0, begin).ends_with("//");
    const bool is_login = !is_in_path && !begins_with_version(behind) && !behind.empty() &&
                          (is_of_word(behind.front()) || behind.front() == ',');
    const bool is_algorithm = std::ranges::any_of(
        makers_of_algorithms, [&](std::string_view maker) { return behind.starts_with(maker); });
    const bool is_of_all = std::ranges::find(logins_of_all, login) != logins_of_all.end();
    return is_login && !is_algorithm && !is_of_all ? login.size() : 0;
}

// Where the account begins in "github.com:jane/dotfiles" and "github.com/jane/dotfiles"; the end of
// `text` if none does at `at`.
std::size_t account_behind(std::string_view text, std::size_t at) {
    for (const std::string_view host : hosts_of_accounts) {
        const std::size_t begin = at + host.size() + 1;
        if (!text.substr(at).starts_with(host) || begin >= text.size() ||
            (text[begin - 1] != ':' && text[begin - 1] != '/')) {
            continue;
        }
        const auto* const end = std::find_if_not(text.begin() + begin, text.end(), is_of_name);
        const std::string_view name(text.begin() + begin, end);
        const bool is_page = std::ranges::find(pages_of_hosts, name) != pages_of_hosts.end();
        if (!name.empty() && !is_page && end != text.end() && *end == '/') {
            return begin;
        }
    }
    return text.size();
}

// Not in commands: without them they would be other commands.
std::string without_accounts(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool begins = at == 0 || !is_of_name(text[at - 1]);
        const std::size_t account = begins ? account_behind(text, at) : text.size();
        if (account != text.size()) {
            out += text.substr(at, account - at);
            out += "***";
            at = text.find('/', account);
        }
        const std::size_t login = text[at] == '@' ? login_before(text, at) : 0;
        if (login > 0) {
            out.resize(out.size() - login);
            out += "***";
        }
        out += text[at];
    }
    return out;
}

// Writes what may be told of a path to somebody's home. Where it ends; `at` if none begins there.
std::size_t mask_home(std::string_view text, std::size_t at, const Homes& homes, std::string& out) {
    const std::string_view folder = homes.folder.substr(0, homes.folder.rfind('/'));
    if (folder.empty() || !stands_at(text, at, folder, Quotes::are_text)) {
        return at;
    }
    out += folder;
    std::size_t end = at + folder.size();
    for (std::size_t i = 0; i < homes.depth && text.substr(end).starts_with('/'); ++i) {
        const std::string_view below = text.substr(end + 1);
        const auto* const behind = std::ranges::find_if_not(below, is_of_name);
        if (behind == below.begin()) {
            break;
        }
        out += "/***";
        end += 1 + static_cast<std::size_t>(behind - below.begin());
    }
    return end;
}

// In commands the names of others stay: without them they would be other commands.
std::string without_homes(std::string_view text, std::string_view home, Quotes quotes) {
    const Homes own = homes_of(home);
    const Homes usual{.folder = "/home/", .depth = own.folder == "/home/" ? own.depth : 1};
    const std::string_view user = user_of(home);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (home.size() > 1 && stands_at(text, at, home, quotes)) {
            out += '~';
            at += home.size();
            continue;
        }
        if (quotes == Quotes::are_text) {
            const std::size_t begin = at;
            at = mask_home(text, at, own, out);
            at = at == begin ? mask_home(text, at, usual, out) : at;
            if (at != begin) {
                continue;
            }
        }
        if (quotes == Quotes::are_text && !user.empty() && is_word_at(text, at, user)) {
            out += "***";  // a folder of a scratch disk, the name of a kernel, ...
            at += user.size();
        } else {
            out += text[at++];
        }
    }
    return out;
}

}  // namespace

std::string printable_command(std::string_view command) {
    std::string out;
    while (!command.empty()) {
        const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
        const auto* const end = std::ranges::find_if(command, is_ascii);
        const auto length = static_cast<std::size_t>(end - command.begin());
        const std::string_view letters = command.substr(0, std::max<std::size_t>(length, 1));
        const std::string shown = printable(letters);
        out += shown == letters ? shown : "'$'" + shown + "''";
        command.remove_prefix(letters.size());
    }
    return out;
}

std::string pasteable(std::string_view text, std::string_view home) {
    return masked(without_accounts(without_homes(text, home, Quotes::are_text)));
}

Json pasteable_json(const Json& json, std::string_view home) {
    if (const std::string* const text = json.as_string()) {
        return pasteable(*text, home);
    }
    if (const Json::Array* const elements = json.as_array()) {
        Json out = Json::array();
        for (const Json& element : *elements) {
            out.add(pasteable_json(element, home));
        }
        return out;
    }
    if (const Json::Object* const members = json.as_object()) {
        Json out = Json::object();
        for (const auto& [name, value] : *members) {
            out.set(name, pasteable_json(value, home));
        }
        return out;
    }
    return json;
}

std::vector<model::Finding> pasteable_findings(std::vector<model::Finding> findings,
                                               std::string_view home) {
    for (model::Finding& finding : findings) {
        for (std::string* const text : {&finding.subject, &finding.title, &finding.fix.text}) {
            *text = pasteable(*text, home);
        }
        for (std::string& evidence : finding.evidence) {
            evidence = pasteable(evidence, home);
        }
        for (std::string& command : finding.fix.commands) {
            command = masked(without_homes(command, home, Quotes::are_shells));
        }
    }
    return findings;
}

}  // namespace envkeep::cli
