// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"
#include "envkeep/store/layout.hpp"

#include <string>
#include <string_view>

// Where the working copies of a manifest's repositories stand. Pure; absolute paths.
namespace envkeep::store {

// `repos/dotfiles` in the store.
[[nodiscard]] std::string dotfiles_folder(const Store& store);

// The name below `repos/` of a repository of which the home gets a subfolder: the last part of its
// URL, and what tells it from others by URL and place. Never "dotfiles", and sound as a file name.
[[nodiscard]] std::string working_copy_name(const manifest::Repository& evaluated);

// The place that the manifest says; with a subfolder `repos/NAME` in the store, and the place is a
// link into it.
[[nodiscard]] std::string working_copy_folder(const Store& store,
                                              const std::string& home,
                                              const manifest::Repository& evaluated);

// `known_hosts.from-SESSION-1`: the home's version beside the store's, where a save kept both.
[[nodiscard]] bool is_name_beside(std::string_view name);

}  // namespace envkeep::store
