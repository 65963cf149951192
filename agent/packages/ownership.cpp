// SPDX-License-Identifier: MIT
#include "envkeep/packages/ownership.hpp"

#include "envkeep/core/text.hpp"
#include "packages/taking.hpp"

#include <utility>

namespace envkeep::packages {
namespace {

bool is_below(std::string_view path, std::string_view top) {
    return path.size() > top.size() && path.starts_with(top) && path[top.size()] == '/';
}

}  // namespace

std::optional<std::size_t> Ownership::owner_of(std::string_view absolute) const {
    if (const auto file = files_.find(absolute); file != files_.end()) {
        return file->second == several ? std::nullopt : std::optional(file->second);
    }
    for (std::string_view folder = absolute; !folder.empty(); folder = folder_of(folder)) {
        if (const auto found = folders_.find(folder); found != folders_.end()) {
            return found->second == several ? std::nullopt : std::optional(found->second);
        }
    }
    return std::nullopt;
}

void Ownership::claim(std::size_t owner, std::string path, std::string_view inside) {
    std::string_view folder = folder_of(path);
    while (!inside.empty() && is_below(folder, inside)) {
        if (!settle(folders_, owner, std::string(folder))) {
            break;  // all folders above are the owner's as well, or shared
        }
        folder = folder_of(folder);
    }
    static_cast<void>(settle(files_, owner, std::move(path)));
}

bool Ownership::settle(Owners& owners, std::size_t owner, std::string path) const {
    const auto [entry, is_new] = owners.try_emplace(std::move(path), owner);
    if (is_new) {
        return true;
    }
    if (entry->second == owner || entry->second == several) {
        return false;
    }
    if (rank_of(entry->second) < rank_of(owner)) {
        entry->second = owner;
    } else if (rank_of(entry->second) == rank_of(owner)) {
        entry->second = several;
    }
    return true;
}

void Ownership::claim_folder(std::size_t owner, std::string path) {
    folders_.insert_or_assign(std::move(path), owner);
}

void Ownership::rank(std::size_t owner, std::uint8_t value) {
    if (ranks_.size() <= owner) {
        ranks_.resize(owner + 1);
    }
    ranks_[owner] = value;
}

std::uint8_t Ownership::rank_of(std::size_t owner) const {
    return owner < ranks_.size() ? ranks_[owner] : 0;
}

}  // namespace envkeep::packages
