// SPDX-License-Identifier: MIT
#include "envkeep/store/working_copies.hpp"

#include "envkeep/core/digest.hpp"

#include <algorithm>

namespace envkeep::store {
namespace {

std::string below_repositories(const Store& store, const std::string& name) {
    return store.path + '/' + std::string(names::repositories) + '/' + name;
}

bool is_of_plain_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

// "fastbook" of "https://github.com/fastai/fastbook.git" and of "me@host:fastbook".
std::string last_part(std::string_view url) {
    constexpr std::size_t longest = 64;
    constexpr std::string_view ending = ".git";
    if (url.ends_with(ending)) {
        url.remove_suffix(ending.size());
    }
    while (url.ends_with('/')) {
        url.remove_suffix(1);
    }
    url = url.substr(url.find_last_of("/:") + 1).substr(0, longest);
    std::string name(url.substr(std::min(url.find_first_not_of(".-"), url.size())));
    std::ranges::replace_if(name, [](char c) { return !is_of_plain_name(c); }, '_');
    return name.empty() ? "repository" : name;
}

}  // namespace

std::string dotfiles_folder(const Store& store) {
    return below_repositories(store, "dotfiles");
}

std::string working_copy_name(const manifest::Repository& evaluated) {
    constexpr std::size_t digits = 8;
    const Digest digest = digest_of(evaluated.url + '\n' + evaluated.dir);
    return last_part(evaluated.url) + '-' + digest.text().substr(0, digits);
}

std::string working_copy_folder(const Store& store,
                                const std::string& home,
                                const manifest::Repository& evaluated) {
    if (!evaluated.subfolder.empty()) {
        return below_repositories(store, working_copy_name(evaluated));
    }
    if (evaluated.dir.starts_with('/')) {
        return evaluated.dir;
    }
    return home + (home.ends_with('/') ? "" : "/") + evaluated.dir;
}

bool is_name_beside(std::string_view name) {
    constexpr std::string_view digits = "0123456789";
    const std::size_t mark = name.rfind(".from-");
    const std::size_t number = name.find_last_not_of(digits);
    return mark != std::string_view::npos && number != std::string_view::npos && number > mark &&
           number + 1 < name.size() && name[number] == '-';
}

}  // namespace envkeep::store
