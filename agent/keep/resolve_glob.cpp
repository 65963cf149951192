// SPDX-License-Identifier: MIT
#include "keep/resolve_glob.hpp"

#include "keep/own_names.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace envkeep::keep {
namespace {

constexpr std::string_view any_folders = "**";

// What one element of a pattern takes: how much of the pattern it is, and whether `character` fits.
struct Element {
    std::size_t length = 1;
    bool fits = false;
};

// "[a-z]", "[!x]"; none if the bracket is not closed: it stands for itself then.
std::optional<Element> match_set(std::string_view pattern, char character) {
    const bool is_negated = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
    const std::size_t first = is_negated ? 2 : 1;
    const std::size_t end = pattern.find(']', first + 1);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view set = pattern.substr(first, end - first);
    const auto code = [](char one) { return static_cast<unsigned char>(one); };
    bool is_in = false;
    for (std::size_t at = 0; at < set.size(); ++at) {
        const bool is_range = at + 2 < set.size() && set[at + 1] == '-';
        const char last = is_range ? set[at + 2] : set[at];
        is_in = is_in || (code(set[at]) <= code(character) && code(character) <= code(last));
        at += is_range ? 2 : 0;
    }
    return Element{.length = end + 1, .fits = is_in != is_negated};
}

Element match_element(std::string_view pattern, char character) {
    if (pattern[0] == '?') {
        return {.length = 1, .fits = true};
    }
    if (pattern[0] == '[') {
        if (const auto set = match_set(pattern, character)) {
            return *set;
        }
    }
    if (pattern[0] == '\\' && pattern.size() > 1) {
        return {.length = 2, .fits = pattern[1] == character};
    }
    return {.length = 1, .fits = pattern[0] == character};
}

bool is_absence(const Error& error) {
    return error.kind == ErrorKind::not_found || error.kind == ErrorKind::unsafe_path ||
           error.kind == ErrorKind::unsupported;
}

class Expander {
  public:
    Expander(HiddenNames hidden, system::FileReader& files) : hidden_(hidden), files_(files) {}

    Result<void> expand(std::span<const std::string_view> pattern,
                        const system::Place& base,
                        const RelPath& below) {
        const std::string_view first = pattern.front();
        if (first != any_folders && !is_pattern(first)) {
            return go_on(pattern, base, below.child(first), std::nullopt);
        }
        if (first == any_folders && pattern.size() > 1) {
            ENVKEEP_CHECK(expand(pattern.subspan(1), base, below));
        }
        const auto entries = files_.list({.root = base.root, .path = base.path.joined(below)});
        if (!entries) {
            return is_absence(entries.error()) ? Result<void>{} : tl::unexpected(entries.error());
        }
        for (const system::Entry& entry : *entries) {
            ENVKEEP_CHECK(try_entry(pattern, base, below.child(entry.name), entry));
        }
        return {};
    }

    std::vector<RelPath> take() {
        std::sort(found_.begin(), found_.end());
        found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
        return std::move(found_);
    }

  private:
    Result<void> try_entry(std::span<const std::string_view> pattern,
                           const system::Place& base,
                           const RelPath& below,
                           const system::Entry& entry) {
        const std::string_view first = pattern.front();
        if (is_own_name(entry.name)) {
            return {};
        }
        if (hidden_ == HiddenNames::need_a_dot && entry.name.starts_with('.') &&
            !first.starts_with('.')) {
            return {};
        }
        if (first != any_folders) {
            return name_matches(first, entry.name) ? go_on(pattern, base, below, entry.kind)
                                                   : Result<void>{};
        }
        if (pattern.size() == 1) {
            found_.push_back(below);
        }
        return entry.kind == system::Kind::folder ? expand(pattern, base, below) : Result<void>{};
    }

    // The first component is settled; `kind` is known where a listing told it.
    Result<void> go_on(std::span<const std::string_view> pattern,
                       const system::Place& base,
                       const RelPath& below,
                       std::optional<system::Kind> kind) {
        if (pattern.size() > 1) {
            return kind.value_or(system::Kind::folder) == system::Kind::folder
                       ? expand(pattern.subspan(1), base, below)
                       : Result<void>{};
        }
        if (!kind) {
            const auto status = files_.status({.root = base.root, .path = base.path.joined(below)});
            if (!status && !is_absence(status.error())) {
                return tl::unexpected(status.error());
            }
            kind = status ? status->kind : system::Kind::absent;
        }
        if (*kind != system::Kind::absent) {
            found_.push_back(below);
        }
        return {};
    }

    HiddenNames hidden_;
    system::FileReader& files_;
    std::vector<RelPath> found_;
};

}  // namespace

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

bool name_matches(std::string_view pattern, std::string_view name) {
    // Where the last `*` stands, and how much of the name it has taken so far.
    std::optional<std::size_t> star;
    std::size_t star_end = 0;
    std::size_t in_pattern = 0;
    std::size_t in_name = 0;
    while (in_name < name.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            star_end = in_name;
            continue;
        }
        if (in_pattern < pattern.size()) {
            const Element element = match_element(pattern.substr(in_pattern), name[in_name]);
            if (element.fits) {
                in_pattern += element.length;
                ++in_name;
                continue;
            }
        }
        if (!star) {
            return false;
        }
        in_pattern = *star + 1;
        in_name = ++star_end;
    }
    while (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
        ++in_pattern;
    }
    return in_pattern == pattern.size();
}

Result<std::vector<RelPath>> expand_pattern(const RelPath& pattern,
                                            const system::Place& base,
                                            HiddenNames hidden,
                                            system::FileReader& files) {
    Expander expander(hidden, files);
    const std::vector<std::string_view> components = pattern.components();
    if (!components.empty()) {
        ENVKEEP_CHECK(expander.expand(components, base, {}));
    }
    return expander.take();
}

}  // namespace envkeep::keep
