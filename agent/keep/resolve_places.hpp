// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/system/files.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::keep {

// A path of the manifest as text: absolute, without `.` and empty components.
struct NamedPath {
    std::string absolute;
    std::string subject;  // "~/.ssh"; the absolute path where it is not in the home
    bool is_in_home = false;
    RelPath below;  // the home, or `/`

    friend bool operator==(const NamedPath&, const NamedPath&) = default;
};

// Turns paths of the manifest into places. Roots outside home and store are opened when they are
// first asked for.
class PlaceFinder {
  public:
    [[nodiscard]] static Result<PlaceFinder> create(const ResolveContext& context,
                                                    system::FileReader& files);

    // Relative paths start at the home. Refuses (unsafe_path) `..`.
    [[nodiscard]] Result<NamedPath> name(std::string_view path) const;

    // In the home; else below the parent folder, which may itself be missing where its own parent
    // is there. not_found names the folder to make.
    [[nodiscard]] Result<system::Place> place_of(const NamedPath& path);

    // `to` of a keep: absolute, or below the store.
    [[nodiscard]] Result<system::Place> source_of(std::string_view to);
    // Where a keep without `to` lives in the store.
    [[nodiscard]] system::Place default_source(const NamedPath& path) const;

    // The absolute path with the links on the way to its root resolved, to compare places by.
    [[nodiscard]] std::string real(const system::Place& place);

    [[nodiscard]] const std::string& home() const { return home_; }

    [[nodiscard]] const std::string& real_home() const { return real_home_; }

    [[nodiscard]] const std::string& real_store() const { return real_store_; }

  private:
    PlaceFinder(const ResolveContext& context, system::FileReader& files)
        : context_(&context), files_(&files) {}

    [[nodiscard]] Result<system::Place> below_parent(const std::string& absolute);
    [[nodiscard]] Result<system::RootId> open(const std::string& folder);

    const ResolveContext* context_;
    system::FileReader* files_;
    std::string home_;
    std::string real_home_;
    std::string real_store_;
    std::map<std::string, system::RootId, std::less<>> opened_;
    std::map<system::RootId, std::string> real_roots_;
};

}  // namespace envkeep::keep
